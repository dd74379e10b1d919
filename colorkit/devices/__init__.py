"""What training and colouring compute with: hardware, precision, several devices at once."""
