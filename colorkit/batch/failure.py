"""Says why a file could not be coloured, in words that name it."""

from colorkit.typing import StrPath


def describe_failure(error: Exception, source: StrPath, output: StrPath) -> str:
    """Describes an error so that it names the file.

    Args:
        error: The exception.
        source: Path of the photograph or video.
        output: Path of its result.

    Returns:
        One sentence or more.

    Example:
        >>> describe_failure(OSError(28, "No space left on device"), "a.mp4", "out/a.mp4")
        'Cannot write out/a.mp4, the result of a.mp4: No space left on device. Check ...'
    """
    reason = getattr(error, "strerror", None)
    if reason is not None:
        return (
            f"Cannot write {output}, the result of {source}: {reason}. Check the folder, its "
            "permissions, the length of the name and the free space."
        )
    known = isinstance(error, (ValueError, ImportError, MemoryError))
    reason = (str(error) if known else repr(error)) or type(error).__name__
    if str(source) in reason or str(output) in reason:
        return reason
    return f"Cannot colour {source}: {reason}"


def find_missing_module(error: Exception) -> str | None:
    """Returns the name of the module that could not be imported; `None` for other errors."""
    return error.name if isinstance(error, ImportError) else None
