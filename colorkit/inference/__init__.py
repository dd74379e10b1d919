"""Colouring pictures of any size: the colorizer, its steps, and the runtimes of its model."""
