"""Videos: reading, steady colour, encoding, resuming where a run was stopped."""
