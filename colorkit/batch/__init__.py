"""Colouring folders of photographs and videos, every file accounted for."""
