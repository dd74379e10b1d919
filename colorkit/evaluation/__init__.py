"""What `colorkit.evaluating` puts together: protocols, baselines, figures, results, report."""
