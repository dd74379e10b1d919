"""What can go wrong with a video, and the package that reads and writes them."""


class VideoError(ValueError):
    """A video that cannot be read or written.

    The message names the file, the reason and how to go on.
    """


class VideoWarning(UserWarning):
    """Something a video loses on its way into a file."""


def load_av():
    """Imports PyAV.

    Returns:
        The module `av`.

    Raises:
        ImportError: If it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise ImportError(
            "Videos are read and written by PyAV; install it with pip install 'colorkit[video]'."
        ) from error
    return av
