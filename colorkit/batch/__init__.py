"""Colours folders of photographs and videos, with a report on every file."""
