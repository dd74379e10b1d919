"""Keras backends: hardware, precision, compilation, random numbers."""
