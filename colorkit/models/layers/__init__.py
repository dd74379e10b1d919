"""Layers and parts of networks that several models share."""
