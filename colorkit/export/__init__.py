"""Models as files of other programs, each verified against Keras."""
