"""Formats beside the usual ones, told by their content."""

import io
import struct
from fractions import Fraction

import numpy as np
import pytest
from drawn_files import assert_same, astronaut, pillow_file, random_pixels
from PIL import Image

from colorkit.io.photo import PhotoError, PhotoWarning
from colorkit.io.read import decode_photo, read_photo

GRAY, COLOR = random_pixels((24, 35)), random_pixels((24, 35, 3))


@pytest.mark.parametrize("pixels", [GRAY, COLOR], ids=["gray", "color"])
@pytest.mark.parametrize("kind", ["JPEG2000", "PPM", "PCX", "SGI", "TGA"])
def test_formats_without_loss(kind, pixels):
    photo = decode_photo(pillow_file(pixels, kind), "no-suffix")
    assert_same(photo, pixels)
    assert photo.file_format == (kind if kind == "JPEG2000" else "PNG")


def test_deep_gray():
    deep = random_pixels((24, 35), "uint16")
    for kind in ("JPEG2000", "PPM"):
        assert_same(decode_photo(pillow_file(Image.fromarray(deep), kind), "a"), deep)


def test_avif():
    photo = decode_photo(pillow_file(astronaut(), "AVIF", quality=95), "a.jpg")
    assert np.abs(photo.pixels.astype(int) - astronaut()).mean() < 4
    assert photo.file_format == "AVIF"


def test_heic():
    pillow_heif = pytest.importorskip("pillow_heif")
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(astronaut())).save(buffer, quality=95)
    photo = decode_photo(buffer.getvalue(), "a.heic")
    assert np.abs(photo.pixels.astype(int) - astronaut()).mean() < 4
    assert photo.file_format == "JPEG"


def test_heic_without_its_package(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(
        PhotoError, match=r"read by pillow-heif, which is not.*pip install pillow-heif"
    ):
        decode_photo(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a.heic")


def ffmpeg_dpx(values, form):
    """A DPX frame as FFmpeg writes it."""
    av = pytest.importorskip("av")
    context = av.codec.CodecContext.create("dpx", "w")
    context.height, context.width = values.shape[:2]
    context.pix_fmt, context.time_base = form, Fraction(1, 25)
    (packet,) = context.encode(av.VideoFrame.from_ndarray(values, format=form))
    return bytes(packet)


@pytest.mark.parametrize(
    ("form", "shape", "dtype"),
    [
        ("gray", (24, 36), "uint8"),
        ("rgb24", (24, 36, 3), "uint8"),
        ("rgb48be", (24, 36, 3), "uint16"),
    ],
)
def test_dpx(form, shape, dtype):
    pytest.importorskip("OpenImageIO")
    values = random_pixels(shape, dtype)
    photo = decode_photo(ffmpeg_dpx(values, form), "a.dpx")
    assert_same(photo, values)
    assert photo.file_format == "TIFF"


def test_dpx_of_10_bits():
    pytest.importorskip("OpenImageIO")
    ten = random_pixels((24, 36, 3), "uint16") >> 6
    photo = decode_photo(ffmpeg_dpx(ten, "gbrp10be"), "a.dpx")
    np.testing.assert_allclose(photo.pixels / 65535, ten / 1023, atol=1e-4)


def test_dpx_cut_short():
    pytest.importorskip("OpenImageIO")
    data = ffmpeg_dpx(random_pixels((24, 36), "uint8"), "gray")
    with pytest.raises(PhotoError, match="the DPX data is damaged, cut short"):
        decode_photo(data[: len(data) * 2 // 3], "a.dpx")
    with pytest.raises(PhotoError, match="expected at most 0.0001 megapixels"):
        decode_photo(data, "a.dpx", max_pixels=100)


def test_dpx_without_its_package(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(PhotoError, match=r"pip install OpenImageIO \(the extra `dpx`\).*TIFF"):
        decode_photo(b"SDPX" + bytes(60), "a.dpx")


def test_a_phone_s_photograph_of_several_pictures_is_its_first(tmp_path):
    frames = [Image.fromarray(frame) for frame in (astronaut(), 255 - astronaut())]
    frames[0].save(tmp_path / "a.mpo", "MPO", save_all=True, append_images=frames[1:])
    photo = read_photo(tmp_path / "a.mpo")
    assert np.abs(photo.pixels.astype(int) - astronaut()).mean() < 9 and photo.file_format == "JPEG"


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_the_first_picture_of_an_animation_is_read_and_said_so(tmp_path, kind):
    frames = [np.full((24, 35, 3), value, "uint8") for value in (200, 30, 90)]
    first, *rest = (Image.fromarray(frame) for frame in frames)
    path = tmp_path / "a"
    path.write_bytes(pillow_file(first, kind, save_all=True, append_images=rest))
    with pytest.warns(PhotoWarning, match="a: only the first of several pictures is read"):
        photo = read_photo(path)
    assert np.abs(photo.pixels.astype(int) - 200).max() < 8
    assert photo.notes == ("only the first of several pictures is read",)


def test_a_flattened_photoshop_document():
    height, width, _ = COLOR.shape
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, height, width, 8, 3)
    planes = np.moveaxis(COLOR, -1, 0).tobytes()
    assert_same(decode_photo(header + bytes(12) + b"\0\0" + planes, "a.psd"), COLOR)


def test_what_the_installed_pillow_does_not_read(monkeypatch):
    data = pillow_file(COLOR, "AVIF")
    monkeypatch.setattr("PIL.features.check", lambda feature: False)
    with pytest.raises(PhotoError, match="installed Pillow reads no AVIF. Install a newer one"):
        decode_photo(data, "a.avif")
