"""The steps of colouring pictures: framing, lightness, enlargement, files and their report."""
