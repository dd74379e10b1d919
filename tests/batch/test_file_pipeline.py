"""The pipeline over files: what it keeps, how its stages overlap, and what an error stops."""

import dataclasses
import threading
import types

import numpy as np
import pytest
from PIL import Image

from colorkit.batch import photo_store
from colorkit.batch.file_pipeline import LARGEST_BATCH, colorize_files
from colorkit.batch.file_result import FAILED, MADE, SKIPPED
from colorkit.batch.plan import PlannedPhoto
from colorkit.io.photo import Photo, PhotoWarning
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo

PATIENCE = 30  # Seconds after which a thread that waits for another has failed


class TintingColorizer:
    """Paints pictures red, and remembers how many it was given at a time."""

    def __init__(self):
        self.batches = []

    def prepare(self, image, hints=None):
        return types.SimpleNamespace(image=image, input_shape=(32, 64))

    def predict(self, prepared):
        self.batches.append(len(prepared))
        return [self.tint(each.image) for each in prepared]

    def finish(self, prepared, color):
        return color

    def tint(self, image):
        gray = image if image.ndim == 2 else image[..., 0]
        pixels = np.stack([gray, gray // 2, gray // 2], axis=-1)
        return types.SimpleNamespace(pixels=pixels, input_size=(32, 64), out_of_gamut=3)


@pytest.fixture
def photos(tmp_path):
    """Makes photographs of the given sizes and plans their results."""

    def make(*shapes):
        planned = []
        for number, shape in enumerate(shapes):
            source = tmp_path / f"{number}.png"
            write_photo(source, Photo(np.full(shape, 10 + number, "uint8")))
            planned.append(PlannedPhoto(source, tmp_path / "out" / source.name))
        return planned

    return make


def test_results_come_in_order_with_what_is_known_of_them(photos):
    planned = photos((4, 5), (6, 7), (2, 2))
    results = list(colorize_files(TintingColorizer(), planned))
    assert [(r.source, r.output) for r in results] == [(p.source, p.output) for p in planned]
    assert [(r.width, r.height) for r in results] == [(5, 4), (7, 6), (2, 2)]
    for number, result in enumerate(results):
        assert result.status == MADE and result.reason is None
        assert result.input_size == (32, 64) and result.out_of_gamut == 3
        assert set(result.seconds) == {"read", "color", "write"}
        red = read_photo(result.output).pixels
        assert (red == [10 + number, (10 + number) // 2, (10 + number) // 2]).all()


def test_depth_alpha_and_exif_stay(tmp_path):
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x0f\0\x02\0\0\0\x04abc\0\0\0\0\0"
    gray = Photo(np.full((3, 4), 40_000, "uint16"), np.full((3, 4), 9_000, "uint16"), exif)
    write_photo(tmp_path / "a.png", gray)
    planned = PlannedPhoto(tmp_path / "a.png", tmp_path / "b.tif")
    assert next(colorize_files(TintingColorizer(), [planned])).status == MADE
    result = read_photo(tmp_path / "b.tif")
    assert result.pixels.dtype == np.uint16 and (result.pixels == [40_000, 20_000, 20_000]).all()
    assert (result.alpha == 9_000).all()
    assert b"abc" in result.exif


def test_only_what_the_photograph_had_is_told_as_lost(tmp_path):
    exif = Image.Exif()
    exif[0x013B] = "Karl"
    planned = []
    for name, own in (("bare", {}), ("signed", {"exif": exif.tobytes()})):
        write_photo(tmp_path / f"{name}.png", Photo(np.full((32, 64), 9, "uint8"), **own))
        planned.append(PlannedPhoto(tmp_path / f"{name}.png", tmp_path / f"{name}.bmp"))
    bare, signed = colorize_files(TintingColorizer(), planned, mark=True)
    assert bare.lost == () and signed.lost == ("EXIF",)


def test_a_name_without_a_known_suffix_keeps_the_photograph_s_format(tmp_path):
    write_photo(tmp_path / "scan", Photo(np.zeros((3, 4), "uint8")), file_format="JPEG")
    planned = PlannedPhoto(tmp_path / "scan", tmp_path / "out" / "scan")
    assert next(colorize_files(TintingColorizer(), [planned])).status == MADE
    assert read_photo(tmp_path / "out" / "scan").file_format == "JPEG"


def test_a_bad_file_stops_nothing(photos, tmp_path):
    planned = photos((4, 5), (4, 5), (4, 5), (4, 5))
    planned[1].source.write_bytes(b"no picture")
    planned[2] = PlannedPhoto(planned[2].source, planned[0].source / "below-a-file.png")
    results = list(colorize_files(TintingColorizer(), planned))
    assert [result.status for result in results] == [MADE, FAILED, FAILED, MADE]
    assert f"Cannot read {planned[1].source}" in results[1].reason
    assert "Cannot write" in results[2].reason


def test_a_photograph_cut_short_is_coloured_unless_asked_otherwise(photos):
    planned = photos((40, 50), (4, 5))
    write_photo(planned[0].source, Photo(np.arange(2000, dtype="uint8").reshape(40, 50)))
    planned[0].source.write_bytes(planned[0].source.read_bytes()[:-40])
    with pytest.warns(PhotoWarning, match="0.png: the file is cut short"):
        results = list(colorize_files(TintingColorizer(), planned))
    assert [(r.status, r.damage) for r in results] == [(MADE, "cut short"), (MADE, None)]
    assert results[0].notes == ("the file is cut short; it is read as far as it goes",)
    results = list(colorize_files(TintingColorizer(), planned, strict=True))
    assert [result.status for result in results] == [FAILED, MADE]


def test_a_made_result_is_passed_over(photos):
    planned = photos((4, 5), (4, 5))
    planned = [dataclasses.replace(planned[0], is_made=True), planned[1]]
    results = list(colorize_files(TintingColorizer(), planned))
    assert [result.status for result in results] == [SKIPPED, MADE]
    assert not planned[0].output.exists()
    assert [r.status for r in colorize_files(None, [planned[0]])] == [SKIPPED]


def test_a_picture_that_cannot_be_coloured_fails_alone(photos):
    class Picky(TintingColorizer):
        def tint(self, image):
            if image[0, 0] == 11:
                raise MemoryError("eleven is too much")
            if image[0, 0] == 12:
                raise RuntimeError("a bug")
            return super().tint(image)

    planned = photos((4, 5), (4, 5), (4, 5), (4, 5))
    results = list(colorize_files(Picky(), planned))
    assert [result.status for result in results] == [MADE, FAILED, FAILED, MADE]
    assert results[1].reason == f"Cannot colour {planned[1].source}: eleven is too much"
    assert results[2].reason == f"Cannot colour {planned[2].source}: RuntimeError('a bug')"


def test_photographs_that_are_ready_are_coloured_together(photos, monkeypatch):
    all_read = threading.Event()
    reads = []

    def read(path, **options):
        reads.append(path)
        if len(reads) == 9:
            all_read.set()
        return read_photo(path, **options)

    class Waiting(TintingColorizer):
        def predict(self, prepared):
            assert all_read.wait(PATIENCE)
            return super().predict(prepared)

    monkeypatch.setattr(photo_store, "read_photo", read)
    colorizer = Waiting()
    results = list(colorize_files(colorizer, photos(*[(4, 5)] * 9)))
    assert [result.status for result in results] == [MADE] * 9
    assert sum(colorizer.batches) == 9 and max(colorizer.batches) > 1
    assert max(colorizer.batches) <= LARGEST_BATCH


def test_photographs_of_one_shape_are_coloured_together_and_come_in_order(photos):
    read, all_read = [], threading.Event()

    class Waiting(TintingColorizer):
        def prepare(self, image, hints=None):
            read.append(len(read))
            if len(read) == 20:
                all_read.set()
            return types.SimpleNamespace(image=image, input_shape=image.shape)

        def predict(self, prepared):
            assert all_read.wait(PATIENCE)
            assert len({each.input_shape for each in prepared}) == 1
            return super().predict(prepared)

    planned = photos(*[(4, 5), (6, 7)] * 10)
    colorizer = Waiting()
    results = list(colorize_files(colorizer, planned))
    assert [result.source for result in results] == [each.source for each in planned]
    assert [(result.height, result.width) for result in results] == [(4, 5), (6, 7)] * 10
    assert sum(colorizer.batches) == 20 and max(colorizer.batches) == LARGEST_BATCH
    for number, result in enumerate(results):
        assert (read_photo(result.output).pixels[..., 0] == 10 + number).all()


def test_reading_continues_while_a_photograph_is_coloured(photos, monkeypatch):
    reading_second = threading.Event()
    planned = photos((4, 5), (4, 5))

    def read(path, **options):
        if path == planned[1].source:
            reading_second.set()
        return read_photo(path, **options)

    class Waiting(TintingColorizer):
        def tint(self, image):
            assert reading_second.wait(PATIENCE)
            return super().tint(image)

    monkeypatch.setattr(photo_store, "read_photo", read)
    assert [r.status for r in colorize_files(Waiting(), planned)] == [MADE, MADE]


def test_colouring_continues_while_a_photograph_is_written(photos, monkeypatch):
    coloring_last = threading.Event()

    def write(path, photo, **options):
        if path.name == "0.png":
            assert coloring_last.wait(PATIENCE)
        write_photo(path, photo, **options)

    class Announcing(TintingColorizer):
        def tint(self, image):
            if image[0, 0] == 10 + LARGEST_BATCH:
                coloring_last.set()
            return super().tint(image)

    monkeypatch.setattr(photo_store, "write_photo", write)
    planned = photos(*[(4, 5)] * (LARGEST_BATCH + 1))
    assert {r.status for r in colorize_files(Announcing(), planned)} == {MADE}


@pytest.mark.parametrize(("limit", "most"), [(1, 1), (40, 3), (10**9, 40)])
def test_few_pixels_are_in_memory_at_once(photos, monkeypatch, limit, most):
    in_memory, seen = set(), []
    lock = threading.Lock()

    def read(path, **options):
        with lock:
            in_memory.add(path.name)
            seen.append(len(in_memory))
        return read_photo(path, **options)

    def write(path, photo, **options):
        write_photo(path, photo, **options)
        with lock:
            in_memory.remove(path.name)

    monkeypatch.setattr(photo_store, "read_photo", read)
    monkeypatch.setattr(photo_store, "write_photo", write)
    planned = photos(*[(4, 5)] * 60)
    results = list(colorize_files(TintingColorizer(), planned, pixels_in_flight=limit))
    assert len(results) == 60 and not in_memory
    assert max(seen) <= most + (limit == 10**9) * 4 * LARGEST_BATCH


def test_closing_ends_the_work_and_leaves_no_half_file(photos, tmp_path):
    planned = photos(*[(40, 50)] * 60)
    results = colorize_files(TintingColorizer(), planned)
    assert next(results).status == MADE
    results.close()
    written = list((tmp_path / "out").iterdir())
    assert 1 <= len(written) < 60
    assert all(read_photo(path).pixels.shape == (40, 50, 3) for path in written)
    assert not [t for t in threading.enumerate() if t.name.startswith(("read", "write"))]


def test_each_result_that_is_written_is_told_before_it_is_yielded(photos, tmp_path):
    told = []
    planned = photos(*[(40, 50)] * 60)
    results = colorize_files(TintingColorizer(), planned, on_written=told.append)
    next(results)
    results.close()
    assert {each.output for each in told} == set((tmp_path / "out").iterdir())


def test_ctrl_c_in_the_model_ends_the_work(photos, tmp_path):
    class Interrupted(TintingColorizer):
        def tint(self, image):
            if image[0, 0] == 40:
                raise KeyboardInterrupt
            return super().tint(image)

    with pytest.raises(KeyboardInterrupt):
        list(colorize_files(Interrupted(), photos(*[(40, 50)] * 60)))
    written = list((tmp_path / "out").iterdir())
    assert len(written) < 31
    assert all(read_photo(path).pixels.shape == (40, 50, 3) for path in written)


def test_steadied_photographs_are_coloured_in_order(photos):
    """None overtakes those of another shape, as photographs on their own do."""
    read, all_read, steadied = [], threading.Event(), []

    class Waiting(TintingColorizer):
        def prepare(self, image, hints=None, *, find_border):
            assert not find_border
            read.append(image)
            if len(read) == 11:
                all_read.set()
            return types.SimpleNamespace(image=image, input_shape=image.shape)

        def predict(self, prepared):
            assert all_read.wait(PATIENCE)
            return super().predict(prepared)

    def steady(each, prepared, color):
        assert prepared.image[0, 0] == 10 + int(each.source.stem)
        steadied.append(each.source)
        return types.SimpleNamespace(**{**vars(color), "pixels": color.pixels + 1})

    planned = photos(*[(4, 5), (6, 7), (6, 7)] * 4)
    planned[3].source.write_bytes(b"torn")
    results = list(colorize_files(Waiting(), planned, steady=steady))
    assert [result.status for result in results] == [MADE] * 3 + [FAILED] + [MADE] * 8
    assert steadied == [each.source for each in planned[:3] + planned[4:]]
    assert read_photo(planned[5].output).pixels[0, 0, 0] == 15 + 1
