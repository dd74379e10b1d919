"""How each model is trained, as data."""
