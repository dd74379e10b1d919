"""Layers and parts of models that several models share."""
