"""Features of frozen models: computed once, cached, trained on, and distilled."""
