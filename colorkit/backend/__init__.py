"""What networks compute with: hardware, precision, compilation, random numbers."""
