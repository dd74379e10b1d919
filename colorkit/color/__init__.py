"""Colour spaces and the bins in which colour is classified, in `keras.ops`."""
