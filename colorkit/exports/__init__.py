"""Networks as files of other programs. `colorkit.exporting` says what for."""
