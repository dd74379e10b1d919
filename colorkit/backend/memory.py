"""Tells errors that mean that memory ran out, whichever runtime raised them."""

_NAMES = ("ResourceExhaustedError", "OutOfMemoryError")
_WORDS = ("RESOURCE_EXHAUSTED", "Failed to allocate memory", "bad_alloc", "bad allocation")


def is_out_of_memory(error: BaseException) -> bool:
    """Returns whether an exception, of any runtime, means that memory ran out."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ in _NAMES
        or any(words in str(error) for words in _WORDS)
    )
