"""Downloads photographs by search words or from a list of URLs."""
