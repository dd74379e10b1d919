"""`python -m colorkit`: the same as the command `colorkit`."""

import sys

from colorkit.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
