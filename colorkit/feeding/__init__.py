"""Photographs on their way to training: sources, splits, crops, augmentation, batches."""
