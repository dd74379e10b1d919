"""From search words or addresses to photographs in a folder."""
