"""Plots and notebook displays: diagrams of models, augmentations, comparisons."""
