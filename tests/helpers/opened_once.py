"""The default model, opened once for all commands that tests run in a process."""

import contextlib
import inspect

import pytest

_opened = {}


@contextlib.contextmanager
def opened_once():
    """Lets a `Colorizer` of the default model be what the first with the same arguments was.

    Commands open the model each time, which takes longer than to colour a picture. Nothing that a
    colorizer has is another one when it has been used, and other models are opened anew.
    """
    from colorkit.inference.opened_model import OpenedModel

    open_anew = OpenedModel.__init__

    def open_once(colorizer, *arguments, **options):
        given = inspect.signature(open_anew).bind(colorizer, *arguments, **options)
        given.apply_defaults()
        _, model, *others = given.arguments.values()
        key = (type(colorizer), model, *others)
        if model == "colorkit_base" and key in _opened:
            colorizer.__dict__.update(vars(_opened[key]))
            return
        open_anew(colorizer, *arguments, **options)
        if model == "colorkit_base":
            _opened[key] = colorizer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OpenedModel, "__init__", open_once)
        yield
