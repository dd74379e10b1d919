"""What guides a colouring beside hints: references, a palette, what keeps its colour, variants."""
