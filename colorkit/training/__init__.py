"""Training by a recipe, in a folder from which a stopped run resumes."""
