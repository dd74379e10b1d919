"""Measuring colorizers on photographs: protocols, baselines, metrics, results, report."""
