"""Suggestions in errors about unknown names."""

import difflib
from collections.abc import Iterable


def suggest_nearest(name: object, names: Iterable[str]) -> str:
    """Returns ` Did you mean 'vgg16'?` with the name nearest to `name`; "" if none is near."""
    near = difflib.get_close_matches(str(name), list(names), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
