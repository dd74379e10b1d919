"""Fast decoding against Pillow."""

import io

import cv2
import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageCms

from colorkit.data import fast_decoding
from colorkit.data.fast_decoding import decode_rgb
from colorkit.io.photo import PhotoError

PHOTO = Image.fromarray(skimage.data.astronaut()[:400, :304])


def encode(image, kind="JPEG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


@pytest.fixture
def exact_calls(monkeypatch):
    """Names of the photographs that went the exact way."""
    names, decode = [], fast_decoding.decode_photo
    monkeypatch.setattr(
        fast_decoding,
        "decode_photo",
        lambda data, name, **_: names.append(name) or decode(data, name),
    )
    return names


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"subsampling": 0}, {"quality": 95}]
)
def test_jpegs_are_decoded_as_by_pillow(options, exact_calls):
    data = encode(PHOTO, **options)
    found = decode_rgb(data, "photo", shorter_side=200)
    expected = np.asarray(Image.open(io.BytesIO(data)))
    assert found.dtype == np.uint8 and not exact_calls
    np.testing.assert_allclose(found.astype(int), expected, atol=2)


@pytest.mark.parametrize(
    ("asked", "height", "width"),
    [(305, 400, 304), (153, 400, 304), (152, 200, 152), (76, 100, 76), (38, 50, 38), (1, 50, 38)],
)
def test_a_jpeg_comes_no_smaller_than_asked(asked, height, width):
    found = decode_rgb(encode(PHOTO, quality=95), "photo", asked)
    assert found.shape == (height, width, 3) and min(height, width) >= min(asked, 304)
    expected = np.asarray(PHOTO.resize((width, height), Image.Resampling.BOX), int)
    assert np.abs(found - expected).mean() < 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photographs_come_upright(orientation, exact_calls):
    exif = Image.Exif()
    exif[274] = orientation
    data = encode(PHOTO, exif=exif)
    expected = decode_rgb(data, "exact").astype("float32")
    assert exact_calls == ["exact"]
    np.testing.assert_allclose(decode_rgb(data, "fast", 200), expected, atol=2)
    assert exact_calls == ["exact"]
    halved = decode_rgb(data, "fast", 100)
    assert halved.shape[0] == expected.shape[0] // 2
    assert np.abs(halved - cv2.resize(expected, halved.shape[1::-1])).mean() < 8


def test_gray_becomes_rgb(exact_calls):
    found = decode_rgb(encode(PHOTO.convert("L")), "photo", 200)
    assert found.shape == (400, 304, 3) and (found == found[..., :1]).all() and not exact_calls


@pytest.mark.parametrize(
    "data",
    [
        encode(PHOTO, "PNG"),
        encode(PHOTO.convert("CMYK")),
        encode(
            PHOTO, icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        ),
        encode(PHOTO) + b"more",
    ],
    ids=["png", "cmyk", "profile", "tail"],
)
def test_other_files_go_the_exact_way(data, exact_calls):
    np.testing.assert_array_equal(decode_rgb(data, "a", 50), decode_rgb(data, "b"))
    assert exact_calls == ["a", "b"]


@pytest.mark.parametrize("number", [3, 30, 1000, -1000])
def test_files_cut_short_are_errors(number):
    with pytest.raises(PhotoError, match="broken"):
        decode_rgb(encode(PHOTO)[:number], "broken.jpg", 50)


def test_bytes_that_only_look_like_a_jpeg_are_errors():
    for middle in (b"", b"\xff", b"\xff" * 50, b"\xff\xc0\x00\x11\x08\x00\x10\x00\x10\x03" * 3):
        with pytest.raises(PhotoError, match="broken"):
            decode_rgb(b"\xff\xd8" + middle + b"\xff\xd9", "broken.jpg", 50)
