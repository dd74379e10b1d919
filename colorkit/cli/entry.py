"""The program `colorkit`, which Ctrl-C ends in one line even while its commands are imported."""

import sys

from colorkit.cli.surroundings import EXIT_INTERRUPTED


def main() -> int:
    """Runs the command that the process was given.

    Returns:
        The exit code, see `colorkit.cli.main.main`.
    """
    try:
        from colorkit.cli.main import main as run

        return run()
    except KeyboardInterrupt:
        print("colorkit: stopped.", file=sys.stderr)
        return EXIT_INTERRUPTED
