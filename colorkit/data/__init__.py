"""Photographs to train on: fetched, filtered, built into data sets, and fed in batches."""
