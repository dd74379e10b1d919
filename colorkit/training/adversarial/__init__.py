"""Adversarial training: losses, trainers, and the loop that alternates them."""
