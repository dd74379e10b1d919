"""The command line as tests call it, with a stub in the place of the model."""

import os
import sys
import types
from pathlib import Path

import numpy as np

import colorkit
from colorkit.cli.main import main
from colorkit.io.photo import Photo
from colorkit.io.write import write_photo

PLACES = (Path(colorkit.__file__).parents[1], Path(__file__).parent)
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, PLACES))}
"""In it a process of its own finds colorkit and the helpers of the tests."""

COLORIZE_SLOWLY = """
import os, sys, time, types
from colorkit.cli.main import main
import command_line
seconds = float(sys.argv.pop(1))
os.fsync = lambda descriptor: time.sleep(seconds)
class Slow(command_line.StubColorizer):
    def predict(self, prepared):
        time.sleep(seconds)
        return super().predict(prepared)
sys.modules["colorkit.inference.colorizer"] = types.SimpleNamespace(Colorizer=Slow)
sys.exit(main(sys.argv[1:]))
"""
"""A script whose arguments are seconds, of each batch and each file's way to the disk, and then
those of `colorkit`."""


def run(*argv):
    """Runs the command line in this process and returns its exit code."""
    return main([str(word) for word in argv])


class StubColorizer:
    """Stands for `Colorizer`, without a model."""

    made = []

    def __init__(self, model, *, size, saturation, style, runtime):
        if model == "nonsense":
            raise ValueError("Expected a model. Received: 'nonsense'")
        self.made.append((model, size, style, saturation))

    def prepare(self, image, hints=None):
        return types.SimpleNamespace(image=image, input_shape=(256, 256))

    def predict(self, prepared):
        return [None] * len(prepared)

    def finish(self, prepared, color):
        pixels = np.repeat(np.atleast_3d(prepared.image)[..., :1], 3, axis=-1)
        return types.SimpleNamespace(pixels=pixels, input_size=(256, 256), out_of_gamut=0)


def stub_colorizer(monkeypatch, folder):
    """Lets commands work in `folder` and colour by `StubColorizer`, which is returned."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(StubColorizer, "made", [])
    monkeypatch.setitem(
        sys.modules, "colorkit.inference.colorizer", types.SimpleNamespace(Colorizer=StubColorizer)
    )
    return StubColorizer


def write_album():
    """Writes two gray photographs into `album/`, one of them in a folder within."""
    for name in ("album/a.png", "album/deep/b.jpg"):
        write_photo(name, Photo(np.full((4, 5), 99, "uint8")))
