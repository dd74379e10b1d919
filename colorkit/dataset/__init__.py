"""From search words or addresses to photographs, and from photographs to training pairs."""
