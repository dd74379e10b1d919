"""The commands of `colorkit`, one module each: its options, and its call of the library."""
