"""Why a training run could not go on, in words that say what is kept and what to try."""

import contextlib
import errno

_NO_SPACE = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


class TrainingError(RuntimeError):
    """A training run that could not go on.

    The message names what happened, the checkpoint that is kept, and what to try.
    """


@contextlib.contextmanager
def explained_end(run, stream):
    """Turns what ends a training run from outside into a `TrainingError`.

    Args:
        run: The `RunFolder`.
        stream: The `PhotoStream` that is trained on.

    Raises:
        TrainingError: Where the block failed because the disk is full, or because no photograph
            could be read any more. Other errors pass.
    """
    try:
        yield
    except TrainingError:
        raise
    except Exception as error:
        if stream.failure is not None:
            raise TrainingError(
                f"The photographs cannot be read any more. {stream.failure} "
                f"Bring them back (is their disk connected?). {run.what_is_kept()}"
            ) from error
        if _is_disk_full(error):
            raise TrainingError(
                f"The disk of {run.path} is full, or a limit on the size of files is reached "
                f"({error}). Make room. {run.what_is_kept()}"
            ) from error
        raise


def _is_disk_full(error):
    while error is not None:
        if getattr(error, "errno", None) in _NO_SPACE:
            return True
        error = error.__cause__ or error.__context__
    return False
