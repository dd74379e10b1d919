import functools
import io
import os
import struct
import warnings
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
import skimage.data
from drawn_files import opencv_file, pillow_file, png_chunk, png_file, tiff_file
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from colorkit.files import reading
from colorkit.files.photo import PhotoError
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


def random_pixels(shape, dtype="uint8", seed=0):
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)


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


# --- What cannot be read


def message(path):
    with pytest.raises(PhotoError) as caught:
        read_photo(path)
    return str(caught.value)


def test_missing_file(tmp_path):
    path = tmp_path / "a.jpg"
    assert message(path) == f"Cannot read {path}: there is no such file. Check the path."


def test_empty_file(tmp_path):
    path = tmp_path / "a.jpg"
    path.touch()
    expected = f"Cannot read {path}: the file is empty. Copy it again from its source."
    assert message(path) == expected


def test_folder(tmp_path):
    assert message(tmp_path) == (
        f"Cannot read {tmp_path}: expected a photograph. Received: a folder. "
        "Name the files in it, or list them with `find_photos`."
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="No pipes on this system")
def test_pipe(tmp_path):
    os.mkfifo(tmp_path / "a.jpg")
    assert "Received: a device, pipe or socket." in message(tmp_path / "a.jpg")


@pytest.mark.parametrize(
    ("start", "received"),
    [
        (b"Dear diary,", "a file of another kind"),
        (b"\0", "a file of another kind"),
        (b"GIF89a......", "a GIF picture"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC, AVIF or video file"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "a file of another kind"),
    ],
)
def test_another_kind_of_file(tmp_path, start, received):
    path = tmp_path / "a.jpg"
    path.write_bytes(start)
    assert message(path) == (
        f"Cannot read {path}: expected a JPEG, PNG, TIFF, WebP or BMP photograph. "
        f"Received: {received}. Save it as one of these first."
    )


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            PermissionError(13, "Permission denied"),
            "permission denied. Make the file readable (chmod u+r) first.",
        ),
        (OSError(5, "Input/output error"), "Input/output error. Check the disk and the path."),
        (MemoryError(), "it needs more memory than there is. Shrink the picture first."),
    ],
)
def test_errors_of_the_system(tmp_path, monkeypatch, error, expected):
    path = tmp_path / "a.png"
    path.write_bytes(pillow_file(random_pixels((3, 5)), "PNG"))

    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr("builtins.open", fail)
    assert message(path) == f"Cannot read {path}: {expected}"


def test_memory_runs_out_while_decoding(monkeypatch):
    def fail(*args):
        raise MemoryError

    monkeypatch.setattr(reading, "_decode_with_pillow", fail)
    with pytest.raises(PhotoError, match="^Cannot read a.png: it needs more memory than there is"):
        decode_photo(pillow_file(random_pixels((3, 5)), "PNG"), "a.png")


@functools.cache
def complete_files():
    noise, deep = random_pixels((40, 50, 3)), random_pixels((40, 50, 3), "uint16")
    return {
        "JPEG": pillow_file(noise, "JPEG"),
        "progressive JPEG": pillow_file(noise, "JPEG", progressive=True),
        "PNG": pillow_file(noise, "PNG"),
        "deep PNG": opencv_file(deep, ".png"),
        "TIFF": tiff_file(noise, photometric="rgb"),
        "LZW TIFF": pillow_file(noise, "TIFF", compression="tiff_lzw"),
        "deep TIFF": tiff_file(deep, photometric="rgb"),
        "zlib deep TIFF": tiff_file(deep, photometric="rgb", compression="zlib", rowsperstrip=8),
        "LZW deep TIFF": opencv_file(deep, ".tif", cv2.IMWRITE_TIFF_COMPRESSION, 5),
        "WebP": pillow_file(noise, "WEBP", lossless=True),
        "BMP": pillow_file(noise, "BMP"),
    }


@pytest.mark.parametrize("kind", complete_files())
@pytest.mark.parametrize("part", [0.999, 0.9, 0.5, 0.1, 0.01])
def test_a_file_cut_short(kind, part):
    data = complete_files()[kind]
    decode_photo(data, "a")
    cut = data[: max(20, min(len(data) - 40, int(len(data) * part)))]
    with pytest.raises(PhotoError) as caught:
        decode_photo(cut, "holiday.jpg")
    start = (
        f"Cannot read holiday.jpg: the {kind.split()[-1].upper()} data is damaged, cut short or "
    )
    assert str(caught.value).startswith(start)
    assert str(caught.value).endswith(
        "Copy the file again from its source, or save it anew in a photo editor."
    )


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(complete_files())),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=9),
)
def test_damage_gives_a_photo_or_a_photo_error(kind, changes):
    data = bytearray(complete_files()[kind])
    for place, value in changes:
        data[int(place**4 * (len(data) - 1))] = value  # mostly the header
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            photo = decode_photo(bytes(data), "a")
    except PhotoError:
        return
    assert photo.pixels.dtype in (np.uint8, np.uint16)


def test_animations(tmp_path):
    frames = [Image.fromarray(random_pixels((5, 7, 3), seed=i)) for i in range(2)]
    for kind in ("PNG", "WEBP"):
        data = pillow_file(frames[0], kind, save_all=True, append_images=frames[1:])
        with pytest.raises(PhotoError) as caught:
            decode_photo(data, "a.png")
        assert str(caught.value) == (
            "Cannot read a.png: expected one picture. Received: an animation. "
            "Save the frame to colour as a file of its own."
        )


def test_several_pages():
    data = tiff_file(random_pixels((2, 5, 7)), photometric="minisblack")
    with pytest.raises(PhotoError) as caught:
        decode_photo(data, "scan.tif")
    assert str(caught.value) == (
        "Cannot read scan.tif: expected one picture. Received: several pages. "
        "Save the page to colour as a file of its own."
    )


def test_camera_raw():
    data = tiff_file(random_pixels((5, 7, 3)), photometric="rgb", subfiletype=1)
    with pytest.raises(PhotoError) as caught:
        decode_photo(data, "a.nef")
    assert str(caught.value) == (
        "Cannot read a.nef: expected a photograph. Received: a camera's raw file or a preview. "
        "Develop it to TIFF or JPEG first."
    )


@pytest.mark.parametrize("dtype", ["float32", "uint32", "int16"])
def test_numbers_no_photograph_has(dtype):
    with pytest.raises(PhotoError, match="at most 16 bits a channel. Received: '[FI]' pixels"):
        decode_photo(tiff_file(np.zeros((5, 7), dtype), photometric="minisblack"), "a.tif")


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "JPEG", "WEBP"])
def test_more_pixels_than_allowed(kind, tmp_path):
    path = tmp_path / "bomb"
    path.write_bytes(pillow_file(random_pixels((25, 20)), kind))
    with pytest.raises(PhotoError) as caught:
        read_photo(path, max_pixels=499)
    assert str(caught.value) == (
        f"Cannot read {path}: expected at most 0.000499 megapixels. Received: 20 x 25 pixels. "
        "Shrink the picture first."
    )
    assert read_photo(path, max_pixels=500).width == 20


def test_a_bomb_is_refused_before_it_is_unpacked():
    data = bytearray(pillow_file(random_pixels((5, 5)), "PNG"))
    data[16:24] = struct.pack(">II", 2_000_000_000, 2_000_000_000)
    data[29:33] = png_chunk(b"IHDR", bytes(data[16:29]))[-4:]
    with pytest.raises(PhotoError, match="expected at most 400 megapixels. Received: 2000000000 x"):
        decode_photo(bytes(data), "bomb.png")


def test_a_hundred_megapixels_are_read():
    data = pillow_file(Image.new("1", (12_500, 8_000), 1), "PNG")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        photo = decode_photo(data, "large.png")
    assert photo.pixels.shape == (8_000, 12_500)
    assert photo.pixels.min() == 255


def test_errors_of_photos_are_value_errors():
    assert issubclass(PhotoError, ValueError)


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
