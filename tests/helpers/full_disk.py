"""A disk that is full after so many bytes of each file: the system's limit on their size."""

import contextlib
import resource


@contextlib.contextmanager
def room_for(size):
    """Lets no file grow beyond a size in bytes: the write that would is short, the next one fails.

    Python ignores the signal that comes with it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
