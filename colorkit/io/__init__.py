"""Photograph files: finding, reading and writing them."""
