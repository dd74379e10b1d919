"""What libraries say of files that they cannot read, fit for a line of colorkit's own errors."""

_LONGEST = 400  # characters; Keras repeats a whole configuration


def say_briefly(error: BaseException) -> str:
    """Returns an error's message in one line of at most 400 characters; its kind if it has none."""
    text = " ".join(str(error)[: 2 * _LONGEST].split()) or type(error).__name__
    return text if len(text) <= _LONGEST else text[:_LONGEST].rstrip() + " ..."
