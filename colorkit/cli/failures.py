"""What is printed of files that failed."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

from colorkit.cli.console import print_error, printable

if TYPE_CHECKING:
    from colorkit.batch.file_pipeline import FileResult


class FailureLog:
    """Prints why each file failed; of those that lack the same package, the first and a count."""

    def __init__(self) -> None:
        self._lacking: collections.Counter[str | None] = collections.Counter()

    def tell(self, result: FileResult) -> None:
        """Prints the reason of a `FileResult` that failed."""
        if result.lacks is not None:
            self._lacking[result.lacks] += 1
        if self._lacking[result.lacks] <= 1:
            print_error(printable(result.reason or ""))

    def close(self) -> None:
        """Prints how many more failed for want of a package."""
        for module, count in self._lacking.items():
            if count > 1:
                others = f"{count - 1} more file{'' if count == 2 else 's'}"
                print_error(f"{others} failed for want of {module} too (--report lists them)")
