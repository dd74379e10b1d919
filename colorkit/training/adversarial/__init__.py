"""Adversarial training: losses, steps, and the loop in which they alternate."""
