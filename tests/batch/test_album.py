"""An album: what is coloured, what was made before, and what has the name of another's result."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from known_models import linear_model

from colorkit.batch.album import Album, AlbumSettings
from colorkit.batch.file_result import MADE, SKIPPED
from colorkit.batch.plan import PlannedPhoto, plan_outputs
from colorkit.inference.colorizer import Colorizer
from colorkit.io.photo import Photo
from colorkit.io.write import write_photo


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer(linear_model(), size=32, precision="float32")


@pytest.fixture
def photos(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for shade, name in ((60, "album/a.png"), (90, "album/b.jpg"), (120, "more/album/a.png")):
        write_photo(name, Photo(np.full((8, 8), shade, "uint8")))


def statuses(colorizer, settings=None, **options):
    album = Album(plan_outputs(["album"], "out"), settings or AlbumSettings(), **options)
    return [(r.output.name, r.status) for r in album.colorize(colorizer)]


def test_what_is_made_of_the_same_photograph_and_settings_is_skipped(photos, colorizer):
    assert statuses(colorizer) == [("a.png", MADE), ("b.jpg", MADE)]
    assert statuses(None) == [("a.png", SKIPPED), ("b.jpg", SKIPPED)]
    finer = AlbumSettings(jpeg_quality=99)
    assert statuses(colorizer, finer) == [("a.png", SKIPPED), ("b.jpg", MADE)]
    assert statuses(colorizer, finer, overwrite=True) == [("a.png", MADE), ("b.jpg", MADE)]


def test_the_result_of_another_photograph_stays(photos, colorizer):
    statuses(colorizer)
    before = Path("out/a.png").read_bytes()
    album = Album(plan_outputs(["more/album"], "out"), AlbumSettings())
    assert album.renamed == [(Path("out/a.png"), Path("out/a_2.png"))]
    assert [result.output.name for result in album.colorize(colorizer)] == ["a_2.png"]
    assert Path("out/a.png").read_bytes() == before != Path("out/a_2.png").read_bytes()


@pytest.mark.parametrize(
    ("output", "changed"),
    [
        ("a.jpg", {"size", "style", "saturation", "jpeg_quality", "sequence", "model"}),
        ("a.png", {"size", "style", "saturation", "sequence", "model"}),
        ("a.mp4", {"size", "style", "saturation", "video_quality", "sound", "model"}),
    ],
)
def test_only_what_decides_a_result_is_among_its_settings(output, changed):
    planned = PlannedPhoto(Path("a.tif"), Path(output))
    other = AlbumSettings("other", 64, "vivid", 0.5, True, True, False, 10, 40, "drop")
    plain = AlbumSettings()
    assert {
        field.name
        for field in dataclasses.fields(AlbumSettings)
        if dataclasses.replace(plain, **{field.name: getattr(other, field.name)}).describe(planned)
        != plain.describe(planned)
    } == changed
