"""Features of frozen networks: computed once, cached, trained on, and distilled."""
