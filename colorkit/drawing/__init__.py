"""Figures and notebook displays: architectures, augmentations, comparisons."""
