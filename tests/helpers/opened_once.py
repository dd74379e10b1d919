"""The default model, opened once for all commands that tests run in a process."""

import contextlib
import importlib
import inspect

import pytest

_opened = {}


def open_once(colorizer_class, *arguments, **options):
    """Returns a colorizer of the default model as it was opened before with these arguments.

    Nothing that a colorizer has changes when it is used. Other models are opened anew.
    """
    given = inspect.signature(colorizer_class).bind(*arguments, **options)
    given.apply_defaults()
    if given.arguments["model"] != "colorkit_base":
        return colorizer_class(*arguments, **options)
    key = tuple(given.arguments.values())
    if key not in _opened:
        _opened[key] = colorizer_class(*arguments, **options)
    return _opened[key]


@contextlib.contextmanager
def opened_once():
    """Lets commands, which open the model each time, take one that is open already."""
    module = importlib.import_module("colorkit.inference.colorizer")
    colorizer_class = module.Colorizer
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "Colorizer", lambda *a, **k: open_once(colorizer_class, *a, **k))
        yield
