"""Errors that end a training run, which say what was saved and what to try."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colorkit.data.stream import PhotoStream
    from colorkit.training.run_folder import RunFolder

_NO_SPACE = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


class TrainingError(RuntimeError):
    """A training run that could not continue.

    The message names the cause, the last checkpoint and what to try.
    """


@contextlib.contextmanager
def explained_end(run: RunFolder, stream: PhotoStream) -> Iterator[None]:
    """Turns errors from outside, such as a full disk, into a `TrainingError`.

    Args:
        run: The `RunFolder`.
        stream: The `PhotoStream` that is trained on.

    Raises:
        TrainingError: Where the block failed because the disk is full, or because no photograph
            could be read any more. Other errors are not changed.
    """
    try:
        yield
    except TrainingError:
        raise
    except Exception as error:
        if stream.failure is not None:
            raise TrainingError(
                f"The photographs cannot be read any more. {stream.failure} "
                f"Bring them back (is their disk connected?). {run.resume_advice()}"
            ) from error
        if _is_disk_full(error):
            raise TrainingError(
                f"The disk of {run.path} is full, or a limit on the size of files is reached "
                f"({error}). Make room. {run.resume_advice()}"
            ) from error
        raise


def _is_disk_full(error: BaseException | None) -> bool:
    while error is not None:
        if getattr(error, "errno", None) in _NO_SPACE:
            return True
        error = error.__cause__ or error.__context__
    return False
