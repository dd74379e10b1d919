"""Colouring in the browser: what is uploaded, what becomes of it, and the page."""
