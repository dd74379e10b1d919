"""What is printed of files that failed."""

import collections

from colorkit.cli.console import print_error


class FailureLog:
    """Prints why each file failed; of those that lack the same package, the first and a count."""

    def __init__(self):
        self._lacking = collections.Counter()

    def tell(self, result):
        """Prints the reason of a `FileResult` that failed."""
        if result.lacks is not None:
            self._lacking[result.lacks] += 1
        if self._lacking[result.lacks] <= 1:
            print_error(result.reason)

    def close(self):
        """Prints how many more failed for want of a package."""
        for module, count in self._lacking.items():
            if count > 1:
                others = f"{count - 1} more file{'' if count == 2 else 's'}"
                print_error(f"{others} failed for want of {module} too (--report lists them)")
