"""The commands of `colorkit`, one module each: its options, and its one call of the library."""
