import io
import struct
import warnings
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
import skimage.data
from drawn_files import (
    complete_files,
    opencv_file,
    pillow_file,
    png_chunk,
    png_file,
    random_pixels,
    tiff_file,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from colorkit.files import reading
from colorkit.files.reading import decode_photo, read_photo

SIZES = st.one_of(
    st.tuples(st.integers(1, 9), st.integers(1, 9)), st.sampled_from([(1, 5000), (5000, 1)])
)
SMALL = settings(max_examples=25, deadline=None)
ORIENTED = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: np.swapaxes(p, 0, 1),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: np.swapaxes(p[::-1, ::-1], 0, 1),
    8: lambda p: np.rot90(p),
}


def astronaut(size=96):
    return np.ascontiguousarray(skimage.data.astronaut()[:size, 40 : 40 + size])


def oriented_exif(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Leica"
    return exif.tobytes()


def assert_same(photo, pixels, alpha=None):
    assert photo.pixels.dtype == pixels.dtype
    np.testing.assert_array_equal(photo.pixels, pixels)
    if alpha is None:
        assert photo.alpha is None
    else:
        assert photo.alpha.dtype == alpha.dtype
        np.testing.assert_array_equal(photo.alpha, alpha)


# --- JPEG


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
@pytest.mark.parametrize("gray", [True, False])
def test_jpeg_is_what_opencv_reads(options, gray):
    pixels = astronaut()[..., 0] if gray else astronaut()
    data = pillow_file(pixels, "JPEG", quality=90, **options)
    photo = decode_photo(data, "a.jpg")
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    expected = expected if gray else expected[..., ::-1]
    assert photo.file_format == "JPEG"
    assert photo.pixels.shape == pixels.shape
    assert np.abs(photo.pixels.astype(int) - expected).max() <= 1


def test_cmyk_jpeg_without_profile():
    cmyk = Image.fromarray(astronaut()).convert("CMYK")
    photo = decode_photo(pillow_file(cmyk, "JPEG", quality=98, subsampling=0), "a.jpg")
    assert np.abs(photo.pixels.astype(int) - astronaut()).mean() < 3


def test_several_pictures_in_one_jpeg_give_the_first():
    first, second = Image.fromarray(astronaut()), Image.fromarray(255 - astronaut())
    data = pillow_file(first, "MPO", save_all=True, append_images=[second], quality=95)
    photo = decode_photo(data, "phone.jpg")
    assert np.abs(photo.pixels.astype(int) - astronaut()).mean() < 5


# --- PNG, against files written by hand


@SMALL
@given(SIZES, st.sampled_from([1, 2, 4, 8, 16]), st.integers(0, 99))
def test_gray_png_of_every_depth(size, depth, seed):
    codes = np.random.default_rng(seed).integers(0, 1 << depth, size)
    photo = decode_photo(png_file(codes, 0, depth), "a.png")
    dtype = np.uint16 if depth == 16 else np.uint8
    assert_same(photo, (codes * np.iinfo(dtype).max // ((1 << depth) - 1)).astype(dtype))
    assert photo.file_format == "PNG"


@SMALL
@given(SIZES, st.sampled_from([8, 16]), st.sampled_from([2, 4, 6]), st.integers(0, 99))
def test_color_and_alpha_png(size, depth, color_type, seed):
    dtype = f"uint{depth}"
    channels = {2: 3, 4: 2, 6: 4}[color_type]
    codes = random_pixels((*size, channels), dtype, seed)
    photo = decode_photo(png_file(codes, color_type, depth), "a.png")
    if color_type == 2:
        assert_same(photo, codes)
    else:
        pixels = codes[..., 0] if color_type == 4 else codes[..., :3]
        assert_same(photo, pixels, codes[..., -1])
    assert photo.pixels.flags.c_contiguous and photo.pixels.flags.writeable


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("transparent", [True, False])
def test_palette_png(depth, transparent):
    count = 1 << depth
    palette = random_pixels((count, 3))
    opacity = random_pixels(count, seed=1)
    codes = np.random.default_rng(2).integers(0, count, (7, 11))
    chunks = png_chunk(b"PLTE", palette.tobytes())
    if transparent:
        chunks += png_chunk(b"tRNS", opacity.tobytes())
    photo = decode_photo(png_file(codes, 3, depth, chunks), "a.png")
    assert_same(photo, palette[codes], opacity[codes] if transparent else None)


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_gray_png_with_one_transparent_level(depth):
    codes = np.random.default_rng(0).integers(0, 1 << depth, (6, 5))
    codes[2:4] = codes[0, 0]
    chunk = png_chunk(b"tRNS", struct.pack(">H", codes[0, 0]))
    photo = decode_photo(png_file(codes, 0, depth, chunk), "a.png")
    dtype = np.uint16 if depth == 16 else np.uint8
    largest = np.iinfo(dtype).max
    expected = (codes * largest // ((1 << depth) - 1)).astype(dtype)
    assert_same(photo, expected, np.where(codes == codes[0, 0], 0, largest).astype(dtype))


@pytest.mark.parametrize("depth", [8, 16])
def test_rgb_png_with_one_transparent_color(depth):
    codes = random_pixels((6, 5, 3), f"uint{depth}")
    codes[3, 1:] = codes[0, 0]
    codes[4, 4, :2] = codes[0, 0, :2]
    chunk = png_chunk(b"tRNS", struct.pack(">3H", *codes[0, 0].tolist()))
    photo = decode_photo(png_file(codes, 2, depth, chunk), "a.png")
    hidden = (codes == codes[0, 0]).all(-1)
    assert_same(photo, codes, np.where(hidden, 0, np.iinfo(codes.dtype).max).astype(codes.dtype))


# --- TIFF, against files written by tifffile and OpenCV


@SMALL
@given(
    SIZES,
    st.sampled_from(["uint8", "uint16"]),
    st.sampled_from(["gray", "gray alpha", "rgb", "rgb alpha"]),
    st.sampled_from([None, "zlib"]),
    st.sampled_from([{"byteorder": "<"}, {"byteorder": ">"}, {"byteorder": "<", "bigtiff": True}]),
)
def test_tiff(size, dtype, kind, compression, layout):
    channels = {"gray": 0, "gray alpha": 2, "rgb": 3, "rgb alpha": 4}[kind]
    pixels = random_pixels((*size, channels) if channels else size, dtype)
    data = tiff_file(
        pixels,
        photometric="rgb" if "rgb" in kind else "minisblack",
        planarconfig="contig",
        extrasamples=["unassalpha"] if "alpha" in kind else None,
        compression=compression,
        **layout,
    )
    photo = decode_photo(data, "a.tif")
    assert photo.file_format == "TIFF"
    if "alpha" in kind:
        assert_same(
            photo,
            pixels[..., :-1].squeeze(-1) if channels == 2 else pixels[..., :3],
            pixels[..., -1],
        )
    else:
        assert_same(photo, pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_tiff_with_a_plane_for_each_color(dtype):
    pixels = random_pixels((9, 13, 3), dtype)
    planes = np.ascontiguousarray(np.moveaxis(pixels, -1, 0))
    data = tiff_file(planes, photometric="rgb", planarconfig="separate")
    assert_same(decode_photo(data, "a.tif"), pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_tiled_tiff(dtype):
    pixels = random_pixels((37, 50, 3), dtype)
    assert_same(decode_photo(tiff_file(pixels, photometric="rgb", tile=(16, 16)), "a.tif"), pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_tiff_whose_zero_is_white(dtype):
    pixels = random_pixels((9, 13), dtype)
    data = tiff_file(pixels, photometric="miniswhite")
    assert_same(decode_photo(data, "a.tif"), np.iinfo(dtype).max - pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("shape", [(9, 13), (9, 13, 3)])
def test_lzw_tiff(dtype, shape):
    pixels = random_pixels(shape, dtype)
    lzw = opencv_file(pixels, ".tif", cv2.IMWRITE_TIFF_COMPRESSION, 5)
    assert_same(decode_photo(lzw, "a.tif"), pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_tiff_multiplied_by_its_alpha(dtype):
    largest = np.iinfo(dtype).max
    pixels, alpha = random_pixels((9, 13, 3), dtype), random_pixels((9, 13), dtype, 1)
    alpha = np.maximum(alpha, largest // 2).astype(dtype)
    multiplied = np.rint(pixels * (alpha[..., None] / largest)).astype(dtype)
    data = tiff_file(np.dstack([multiplied, alpha]), photometric="rgb", extrasamples=["assocalpha"])
    photo = decode_photo(data, "a.tif")
    np.testing.assert_array_equal(photo.alpha, alpha)
    assert np.abs(photo.pixels.astype(int) - pixels).max() <= 2


def test_transparent_pixels_multiplied_by_their_alpha_are_black():
    data = tiff_file(np.zeros((2, 2, 4), "uint16"), photometric="rgb", extrasamples=["assocalpha"])
    assert_same(
        decode_photo(data, "a.tif"), np.zeros((2, 2, 3), "uint16"), np.zeros((2, 2), "uint16")
    )


def test_cmyk_tiff():
    pixels = astronaut()
    data = pillow_file(Image.fromarray(pixels).convert("CMYK"), "TIFF", compression="tiff_lzw")
    assert np.abs(decode_photo(data, "a.tif").pixels.astype(int) - pixels).max() <= 1


def test_black_and_white_tiff():
    white = random_pixels((9, 13)) > 127
    data = pillow_file(Image.fromarray(white), "TIFF", compression="group4")
    assert_same(decode_photo(data, "fax.tif"), np.where(white, 255, 0).astype("uint8"))


def test_a_thumbnail_after_the_photograph_is_no_second_page(tmp_path):
    pixels = random_pixels((9, 13, 3))
    import tifffile

    with tifffile.TiffWriter(tmp_path / "a.tif") as tiff:
        tiff.write(pixels, photometric="rgb")
        tiff.write(pixels[::4, ::4], photometric="rgb", subfiletype=1)
    assert_same(read_photo(tmp_path / "a.tif"), pixels)


# --- WebP and BMP


@SMALL
@given(SIZES, st.booleans())
def test_webp(size, has_alpha):
    pixels = random_pixels((*size, 4 if has_alpha else 3))
    photo = decode_photo(pillow_file(pixels, "WEBP", lossless=True, exact=True), "a.webp")
    assert_same(photo, pixels[..., :3], pixels[..., 3] if has_alpha else None)
    assert photo.file_format == "WEBP"


@SMALL
@given(SIZES, st.booleans())
def test_bmp(size, gray):
    pixels = random_pixels(size if gray else (*size, 3))
    photo = decode_photo(opencv_file(pixels, ".bmp"), "a.bmp")
    assert_same(photo, pixels)
    assert photo.file_format == "BMP"


# --- EXIF


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "deep PNG", "deep TIFF"])
def test_orientation_is_applied(orientation, kind):
    exif = oriented_exif(orientation)
    pixels = random_pixels((8, 24, 3), "uint16" if "deep" in kind else "uint8")
    if kind == "JPEG":
        pixels = np.kron(random_pixels((1, 3, 3)), np.ones((8, 8, 1), np.uint8))
        data = pillow_file(pixels, kind, quality=100, subsampling=0, exif=exif)
    elif kind == "deep PNG":
        data = png_file(pixels, 2, 16, png_chunk(b"eXIf", exif[6:]))
    elif kind == "deep TIFF":
        data = tiff_file(pixels, photometric="rgb", extratags=[(274, "H", 1, orientation, True)])
    else:
        options = {"lossless": True} if kind == "WEBP" else {}
        data = pillow_file(pixels, kind, exif=exif, **options)
    photo = decode_photo(data, "a")
    expected = ORIENTED[orientation](pixels)
    assert photo.pixels.shape == expected.shape
    assert np.abs(photo.pixels.astype(int) - expected).max() <= (3 if kind == "JPEG" else 0)
    if kind != "deep TIFF":
        written = Image.Exif()
        written.load(photo.exif)
        assert written[0x0112] == 1
        assert written[0x010F] == "Leica"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_big_tiff_is_turned(orientation):
    pixels = random_pixels((3, 5), "uint16")
    tags = [(274, "H", 1, orientation, True)]
    data = tiff_file(pixels, photometric="minisblack", bigtiff=True, extratags=tags)
    assert_same(decode_photo(data, "a.tif"), ORIENTED[orientation](pixels))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_alpha_is_turned_with_the_pixels(orientation):
    pixels = random_pixels((3, 5, 4))
    photo = decode_photo(pillow_file(pixels, "PNG", exif=oriented_exif(orientation)), "a.png")
    expected = ORIENTED[orientation](pixels)
    assert_same(photo, expected[..., :3], expected[..., 3])


def test_exif_is_kept_with_the_new_dimensions_and_without_thumbnail():
    exif = Image.Exif()
    exif.endian = "<"
    exif[0x010F], exif[0x0110], exif[0x8298], exif[0x0112] = "Leica", "M3", "A. Nother", 6
    exif[0x8769] = {0x829A: 1 / 250, 0x9003: "1954:03:01 10:00:00", 0xA002: 24, 0xA003: 8}
    exif[0x8825] = {1: "N", 2: (50.0, 30.0, 0.0)}
    block = exif.tobytes()
    thumbnail = pillow_file(random_pixels((4, 4, 3)), "JPEG")
    block = add_thumbnail(block, thumbnail)
    pixels = random_pixels((8, 24, 3))
    data = pillow_file(pixels, "JPEG", exif=block)
    assert Image.open(io.BytesIO(data)).getexif().get_ifd(-1)[0x0202] == len(thumbnail)

    photo = decode_photo(data, "a.jpg")
    written = Image.Exif()
    written.load(photo.exif)
    assert (written[0x010F], written[0x0110], written[0x8298]) == ("Leica", "M3", "A. Nother")
    details = written.get_ifd(0x8769)
    assert details[0x829A] == pytest.approx(1 / 250)
    assert details[0x9003] == "1954:03:01 10:00:00"
    assert (details[0xA002], details[0xA003]) == (8, 24)
    assert written.get_ifd(0x8825) == {1: "N", 2: (50.0, 30.0, 0.0)}
    assert written.get_ifd(-1) == {} and thumbnail not in photo.exif


def add_thumbnail(block, thumbnail):
    """Appends the directory of a JPEG thumbnail to a little-endian EXIF block."""
    tiff = block[6:]
    (count,) = struct.unpack_from("<H", tiff, 8)
    after = 10 + 12 * count
    assert struct.unpack_from("<I", tiff, after) == (0,)
    offset = len(tiff)
    entries = struct.pack("<HHII", 0x0201, 4, 1, offset + 30)
    entries += struct.pack("<HHII", 0x0202, 4, 1, len(thumbnail))
    directory = struct.pack("<H", 2) + entries + struct.pack("<I", 0)
    tiff = tiff[:after] + struct.pack("<I", offset) + tiff[after + 4 :]
    return block[:6] + tiff + directory + thumbnail


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\x7f", b"Exif\0\0nonsense"]
)
def test_a_damaged_exif_block_is_left_out(exif):
    pixels = random_pixels((3, 5, 3))
    chunk = png_chunk(b"eXIf", exif[6:])
    photo = decode_photo(png_file(pixels, 2, 8, chunk), "a.png")
    assert_same(photo, pixels)
    assert photo.exif is None


def test_no_exif():
    assert decode_photo(pillow_file(random_pixels((3, 5)), "PNG"), "a.png").exif is None


# --- Large, and many at a time


def test_a_hundred_megapixels_are_read():
    data = pillow_file(Image.new("1", (12_500, 8_000), 1), "PNG")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        photo = decode_photo(data, "large.png")
    assert photo.pixels.shape == (8_000, 12_500)
    assert photo.pixels.min() == 255


def test_threads_give_what_one_thread_gives():
    files = list(complete_files().values()) * 4
    expected = [decode_photo(data, "a").pixels for data in files]
    with ThreadPoolExecutor(8) as pool:
        photos = list(pool.map(lambda data: decode_photo(data, "a"), files))
    for photo, pixels in zip(photos, expected, strict=True):
        np.testing.assert_array_equal(photo.pixels, pixels)


@SMALL
@given(hnp.arrays("uint8", SIZES))
def test_large_pictures_are_copied_in_bands(pixels):
    data = pillow_file(pixels, "PNG")
    whole = reading._PIXELS_PER_BAND
    try:
        reading._PIXELS_PER_BAND = 7
        assert_same(decode_photo(data, "a.png"), pixels)
    finally:
        reading._PIXELS_PER_BAND = whole
