"""What a training run is made of: its folder, record, callbacks, progress and pictures."""
