"""What frozen backbones say about photographs: computed once, kept, and trained on."""
