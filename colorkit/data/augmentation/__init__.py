"""Random changes of training photographs, in `keras.ops`."""
