"""Pages in this process, whose model is a stub."""

import numpy as np
import pytest
from stub_colorizer import StubColorizer

from colorkit.io.photo import Photo
from colorkit.io.write import write_photo


@pytest.fixture
def gradio(monkeypatch):
    gradio = pytest.importorskip("gradio", reason="the page needs Gradio")
    monkeypatch.setattr("colorkit.demo.model_pool.Colorizer", StubColorizer)
    return gradio


@pytest.fixture
def launch(gradio):
    """Launches pages as `colorkit.launch_demo` does, which end with the test."""
    from colorkit.demo.launch import launch_demo

    pages = []

    def launch(*arguments, **options):
        pages.append(launch_demo(*arguments, **options))
        return pages[-1]

    yield launch
    for page in pages:
        page.close(verbose=False)


@pytest.fixture
def photo(tmp_path):
    """Path of a photograph of 9 x 8 pixels."""
    write_photo(tmp_path / "a.png", Photo(np.full((8, 9), 100, "uint8")))
    return str(tmp_path / "a.png")
