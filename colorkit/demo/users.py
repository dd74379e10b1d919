"""Users of the page and their passwords."""

from pathlib import Path

_FORM = "USER:PASSWORD, or @FILE with one of these a line"


def read_users(text: str) -> list[tuple[str, str]]:
    """Reads users from an option or an environment variable.

    Args:
        text: `USER:PASSWORD`, or `@FILE`: path of a file with one of these a line.

    Returns:
        List of pairs of user and password.

    Raises:
        ValueError: If it has another form. The message does not repeat it.
        OSError: If the file cannot be read.
    """
    if not text.startswith("@"):
        return [_split(text, "a text of another form")]
    path = Path(text[1:])
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise OSError(f"Cannot read the users in {path}: {error.strerror}.") from error
    users = [
        _split(line, f"line {number} of {path}, which has another form")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not users:
        raise ValueError(f"Expected {_FORM}. Received: {path}, which is empty.")
    return users


def _split(line: str, received: str) -> tuple[str, str]:
    user, _, password = line.strip().partition(":")
    if not user or not password:
        raise ValueError(f"Expected {_FORM}. Received: {received}.")
    return user, password
