"""The parts of adversarial training: what the networks are after, and their steps."""
