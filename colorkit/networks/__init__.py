"""Trained networks: shipped, saved or exported, as functions from lightness to colour."""
