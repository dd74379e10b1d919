"""What becomes of uploads, without a browser and without a model."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import tifffile
from drawn_files import pillow_file
from PIL import Image
from stub_colorizer import StubColorizer

from colorkit.demo import model_pool as pool_module
from colorkit.demo.decoder import UploadDecoder
from colorkit.demo.guidance import Guidance
from colorkit.demo.jobs import COLORED, ColorSettings, color_uploads, vary_upload
from colorkit.demo.jobs import color_upload as color_upload_by_steps
from colorkit.demo.limits import Limits
from colorkit.demo.model_pool import ModelPool
from colorkit.inference.hints import Hint
from colorkit.io.photo import Photo, PhotoError
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo

LIMITS = Limits(megabytes=1, megapixels=0.1, files=4)
SETTINGS = ColorSettings("colorkit_base", "vivid", 1.5)


@pytest.fixture
def pool(monkeypatch):
    monkeypatch.setattr(pool_module, "Colorizer", StubColorizer)
    return ModelPool()


@pytest.fixture(scope="module")
def decoder():
    decoder = UploadDecoder(LIMITS)
    yield decoder
    decoder.close()


def color_upload(*arguments):
    """Colours an upload in all steps."""
    *steps, made = color_upload_by_steps(*arguments)
    assert steps == [None] * 3
    return made


@pytest.fixture
def upload(tmp_path):
    """Puts a file where a server might, and returns its path."""

    def put(name, content, folder="server-folder"):
        path = tmp_path / folder / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            write_photo(path, content)
        return str(path)

    return put


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "job").mkdir()
    return tmp_path / "job"


def gray(height=20, width=30, value=99, dtype="uint8"):
    return Photo(np.full((height, width), value, dtype))


def test_an_upload_becomes_a_png_of_full_depth_with_all_that_travels_along(
    pool, decoder, upload, folder
):
    exif = b"Exif\0\0" + Image.Exif().tobytes()
    alpha = np.full((20, 30), 40_000, "uint16")
    path = upload("old.tif", Photo(gray(value=9000, dtype="uint16").pixels, alpha, exif))
    made = color_upload(pool, decoder, path, SETTINGS, folder)
    assert made.result == folder / "old_color.png"
    photo = read_photo(made.result)
    np.testing.assert_array_equal(
        photo.pixels, StubColorizer.color(gray(value=9000, dtype="uint16").pixels, "vivid", 1.5)
    )
    np.testing.assert_array_equal(photo.alpha, alpha)
    assert photo.exif is not None
    assert made.summary.startswith("30 x 20 pixels, coloured in ")
    assert made.summary.endswith("by colorkit_base")


def test_what_is_to_be_said_of_a_photograph_is_said(pool, decoder, upload, folder):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.full((2, 20, 30), 99, "uint8"), photometric="minisblack")
    pages = upload("pages.tif", buffer.getvalue())
    cut = upload("cut.jpg", pillow_file(np.full((20, 30), 99, "uint8"), "JPEG")[:-2])
    first_page = "only the first of 2 pages is coloured; `colorkit colorize` takes all"
    end = "the end marker is missing; all pixels are there"
    made = color_upload(pool, decoder, pages, SETTINGS, folder)
    assert made.summary.endswith(f"; {first_page}")
    *_, last = color_uploads(pool, decoder, [pages, cut], SETTINGS, folder, LIMITS)
    assert [outcome for _, outcome in last.outcomes] == [
        f"coloured; {first_page}",
        f"coloured; {end}",
    ]


def test_before_and_after_are_shown_in_one_size(pool, decoder, upload, folder):
    made = color_upload(pool, decoder, upload("a.png", gray()), SETTINGS, folder)
    before, after = (np.asarray(Image.open(path)) for path in (made.before, made.after))
    np.testing.assert_allclose(before, 99, atol=1)
    expected = StubColorizer.color(gray().pixels, "vivid", 1.5)
    assert np.abs(after.astype(int) - expected).max() <= 4, "JPEG of quality 95"


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("a.jpg", b"hello", "Cannot read a.jpg: expected a photograph, .* a file of another kind"),
        ("a.png", b"", "Cannot read a.png: the file is empty"),
        (
            "a.png",
            pillow_file(Image.effect_noise((50, 50), 9), "PNG")[:45],
            "Cannot read a.png: the PNG data is damaged, cut short",
        ),
        (
            "a.bmp",
            b"BM" + bytes(3 << 19),
            r"Cannot read a.bmp: expected at most 1 MB. Received: 1.5 MB. Shrink",
        ),
        (
            "a.png",
            gray(400, 300),
            "Cannot read a.png: expected at most 0.1 megapixels. Received: 300 x 400 pixels",
        ),
    ],
)
def test_uploads_that_are_refused(pool, decoder, upload, folder, name, content, message):
    path = upload(name, content)
    with pytest.raises(PhotoError, match=message) as caught:
        color_upload(pool, decoder, path, SETTINGS, folder)
    assert "server-folder" not in str(caught.value)
    assert not list(folder.iterdir())


def test_many_keep_their_names_and_formats_and_a_bad_one_is_told(pool, decoder, upload, folder):
    paths = [
        upload("cat.jpg", gray(value=50), "1"),
        upload("broken.png", b"hello", "2"),
        upload("Grüße.png", gray(value=200), "3"),
        upload("CAT.jpg", gray(value=60), "4"),
    ]
    states = list(color_uploads(pool, decoder, paths, SETTINGS, folder, LIMITS))
    assert [len(state.outcomes) for state in states] == [1, 2, 3, 4, 4]
    assert [state.archive for state in states[:-1]] == [None] * 4
    assert {state.total for state in states} == {4}
    names, outcomes = zip(*states[-1].outcomes, strict=True)
    assert names == ("cat.jpg", "broken.png", "Grüße.png", "CAT_2.jpg")
    assert outcomes[0] == outcomes[2] == outcomes[3] == COLORED
    assert outcomes[1].startswith("Cannot read broken.png: expected a photograph")
    assert list(folder.iterdir()) == [states[-1].archive]
    with zipfile.ZipFile(states[-1].archive) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["cat.jpg", "Grüße.png", "CAT_2.jpg"]
        for name, value, kind in (
            ("cat.jpg", 50, "JPEG"),
            ("Grüße.png", 200, "PNG"),
            ("CAT_2.jpg", 60, "JPEG"),
        ):
            image = Image.open(io.BytesIO(archive.read(name)))
            assert image.format == kind
            expected = StubColorizer.color(gray(value=value).pixels, "vivid", 1.5)
            assert np.abs(np.asarray(image).astype(int) - expected).max() <= 4


def test_names_made_unique_never_meet(pool, decoder, upload, folder):
    paths = [upload(name, gray(), f) for name, f in [("a.png", "1"), ("a_2.png", "2")]]
    paths += [upload("a.png", gray(), "3"), upload("a.png", gray(), "4")]
    *_, last = color_uploads(pool, decoder, paths, SETTINGS, folder, LIMITS)
    assert [name for name, _ in last.outcomes] == ["a.png", "a_2.png", "a_3.png", "a_4.png"]
    with zipfile.ZipFile(last.archive) as archive:
        assert len(set(archive.namelist())) == 4


def test_a_batch_of_bad_files_has_no_zip(pool, decoder, upload, folder):
    *_, last = color_uploads(pool, decoder, [upload("a.png", b"hello")], SETTINGS, folder, LIMITS)
    assert last.archive is None


@pytest.mark.parametrize("number", [0, 5])
def test_too_few_or_too_many_at_once(pool, decoder, upload, folder, number):
    path = upload("a.png", gray())
    with pytest.raises(PhotoError, match=f"1 to 4 photographs at once. Received: {number}."):
        next(color_uploads(pool, decoder, [path] * number, SETTINGS, folder, LIMITS))


def test_a_batch_may_be_stopped(pool, decoder, upload, folder, monkeypatch):
    seen = []
    colorize = StubColorizer.colorize
    monkeypatch.setattr(
        StubColorizer, "colorize", lambda *given: [seen.append(given), colorize(*given)][1]
    )
    paths = [upload(f"{n}.png", gray()) for n in range(3)]
    states = color_uploads(pool, decoder, paths, SETTINGS, folder, LIMITS)
    next(states)
    states.close()
    assert [path.name for path in folder.iterdir()] == ["colorkit.zip"]
    assert len(seen) == 1


def test_a_photograph_may_be_stopped_between_its_steps(pool, decoder, upload, folder):
    steps = color_upload_by_steps(pool, decoder, upload("a.png", gray()), SETTINGS, folder)
    next(steps)
    next(steps)
    steps.close()
    assert not list(folder.iterdir())


def test_formats_that_are_only_read_become_others_in_the_zip(pool, decoder, upload, folder):
    picture = pillow_file(Image.new("L", (9, 8), 100), "GIF")
    paths = [
        upload("cat.gif", picture, "1"),
        upload("cat.png", gray(), "2"),
        upload("cat.ppm", pillow_file(Image.new("RGB", (9, 8)), "PPM"), "3"),
    ]
    *_, last = color_uploads(pool, decoder, paths, SETTINGS, folder, LIMITS)
    assert last.outcomes == [(Path(path).name, COLORED) for path in paths]
    with zipfile.ZipFile(last.archive) as archive:
        assert archive.namelist() == ["cat_2.png", "cat.png", "cat_3.png"]
        assert {archive.read(name)[:4] for name in archive.namelist()} == {b"\x89PNG"}


def test_a_zip_takes_half_of_the_disk_at_most(pool, decoder, upload, folder):
    noise = np.random.default_rng(0).integers(0, 256, (316, 316), "uint8")
    paths = [upload(f"{n}.bmp", Photo(noise)) for n in range(3)]
    limits = Limits(megabytes=1, request_megabytes=1, disk_megabytes=1)
    *_, last = color_uploads(pool, decoder, paths, SETTINGS, folder, limits)
    assert [outcome == COLORED for _, outcome in last.outcomes] == [True, False, False]
    assert last.outcomes[1][1] == (
        "Expected at most 0.5 MB in one zip. Received: 0.6 MB. Colour it in a batch of its own."
    )
    assert last.archive.stat().st_size < 1 << 19


def test_memory_that_runs_out_fails_one_photograph_only(pool, decoder, upload, folder, monkeypatch):
    def colorize(self, pixels, hints=None):
        if pixels[0, 0] == 1:
            raise MemoryError("Free some memory.")
        return StubColorizer.color(pixels, None, 1)

    monkeypatch.setattr(StubColorizer, "colorize", colorize)
    paths = [upload("a.png", gray(value=1)), upload("b.png", gray(value=2))]
    *_, last = color_uploads(pool, decoder, paths, SETTINGS, folder, LIMITS)
    assert last.outcomes == [("a.png", "Free some memory."), ("b.png", COLORED)]


def test_hints_colour_their_places(pool, decoder, upload, folder):
    given = Guidance((Hint(4, 2, "#c02020"),))
    made = color_upload(pool, decoder, upload("a.png", gray()), SETTINGS, folder, given)
    assert made.size == (20, 30)
    pixels = read_photo(made.result).pixels
    assert (pixels[2, 4] == 255).all()
    assert (pixels == 255).all(-1).sum() == 1


def test_variants_are_small_pictures_of_each(pool, decoder, upload, monkeypatch):
    def color_variant(colorizer, pixels, guidance):
        return np.dstack([pixels + np.uint8(guidance.variant)] * 3)

    monkeypatch.setattr(pool_module, "color_variant", color_variant)
    path = upload("a.png", gray(60, 1000))
    made = list(vary_upload(pool, decoder, path, SETTINGS, Guidance()))
    assert [int(each[0, 0, 0]) for each in made] == [99, 100, 101, 102]
    assert {each.shape for each in made} == {(29, 480, 3)}


def test_paths_may_be_strings_or_paths(pool, decoder, upload, folder):
    path = Path(upload("a.png", gray()))
    assert color_upload(pool, decoder, path, SETTINGS, folder).result.is_file()
