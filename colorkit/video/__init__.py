"""Videos: reading, steady colour, encoding, going on where a run was stopped."""
