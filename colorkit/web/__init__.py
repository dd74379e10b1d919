"""A site of static files that colours photographs in the visitor's own browser."""
