"""Exports models to other runtimes, each verified against Keras."""
