"""Uploads are decoded in a process of its own, within a limit of time."""

import dataclasses
import io
import os
import signal
import struct
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
from command_line import ENVIRONMENT
from drawn_files import pillow_file
from PIL import Image

from colorkit.demo.decode_worker import receive_photo, send_photo
from colorkit.demo.decoder import UploadDecoder
from colorkit.demo.limits import Limits
from colorkit.io.metadata import Metadata
from colorkit.io.photo import Photo, PhotoError
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo


@pytest.fixture(scope="module")
def decoder():
    decoder = UploadDecoder(Limits())
    yield decoder
    decoder.close()


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "server-folder" / "a.png"
    write_photo(path, Photo(np.full((8, 9), 100, "uint8")))
    return path


def equal(first, second):
    if isinstance(first, np.ndarray):
        return first.dtype == second.dtype and np.array_equal(first, second)
    return first == second and type(first) is type(second)


def test_a_photograph_arrives_with_all_that_it_has():
    metadata = Metadata((300.0, 299.5), b"<x/>", b"\x1c\x02", b"\xff", (("Title", "Grüße"),))
    pixels = np.arange(60, dtype="uint16").reshape(4, 5, 3)
    photo = Photo(
        pixels,
        pixels[..., 0],
        b"Exif\0\0x",
        b"\0icc",
        "TIFF",
        metadata,
        ("one", "two"),
        "cut short",
    )
    stream = io.BytesIO()
    send_photo(stream, photo)
    stream.seek(0)
    received = receive_photo(stream)
    for field in dataclasses.fields(Photo):
        assert equal(getattr(received, field.name), getattr(photo, field.name)), field.name
    with pytest.raises(EOFError):
        receive_photo(io.BytesIO(stream.getvalue()[:-1]))


def test_it_reads_as_the_command_line_does(decoder, photo):
    read, decoded = read_photo(photo), decoder.decode(photo)
    for field in dataclasses.fields(Photo):
        assert equal(getattr(decoded, field.name), getattr(read, field.name)), field.name


def test_an_upload_that_was_deleted_meanwhile(decoder, photo):
    photo.unlink()
    with pytest.raises(
        PhotoError, match="Cannot read a.png: it is no longer here.*Upload it again"
    ):
        decoder.decode(photo)


def declare(picture, width, height):
    """Rewrites the size in the head of a JPEG."""
    data = bytearray(pillow_file(picture, "JPEG"))
    struct.pack_into(">HH", data, data.find(b"\xff\xc0") + 5, height, width)
    return bytes(data)


@pytest.mark.parametrize("padding", [0, 20_000])
def test_few_bytes_that_claim_many_pixels_are_refused(decoder, photo, padding):
    picture = declare(Image.new("RGB", (16, 16)), 7000, 7000) + bytes(padding)
    photo.write_bytes(picture)
    message = f"Received: 7000 x 7000 pixels in {len(picture)} bytes, too few for a photograph"
    with pytest.raises(PhotoError, match=message):
        decoder.decode(photo)


def test_a_plain_picture_is_no_bomb(decoder, photo):
    photo.write_bytes(pillow_file(Image.new("L", (3000, 2000), 255), "PNG", optimize=True))
    assert decoder.decode(photo).pixels.shape == (2000, 3000)


def make_slow_jpeg():
    """Draws noise as a progressive JPEG whose last scan comes 60 times, fewer than are refused."""
    noise = np.random.default_rng(0).integers(0, 256, (2000, 2000), "uint8")
    data = pillow_file(Image.fromarray(noise), "JPEG", progressive=True)
    scan = data.rfind(b"\xff\xda")
    last = data[data.rfind(b"\xff\xc4", 0, scan) : -2]
    return data[:-2] + last * 60 + b"\xff\xd9"


def test_decoding_that_takes_too_long_is_ended_and_the_next_succeeds(photo, tmp_path):
    slow = tmp_path / "slow.jpg"
    slow.write_bytes(make_slow_jpeg())
    decoder = UploadDecoder(Limits(seconds=0.5))
    try:
        decoder.decode(photo)
        start = time.monotonic()
        with pytest.raises(PhotoError, match="slow.jpg: decoding took longer than 0.5 seconds"):
            decoder.decode(slow)
        assert time.monotonic() - start < 5
        assert decoder.decode(photo).width == 9
    finally:
        decoder.close()


def test_a_process_that_ends_is_started_again(photo):
    earlier = set(psutil.Process().children())
    decoder = UploadDecoder(Limits())
    try:
        decoder.decode(photo)
        (process,) = set(psutil.Process().children()) - earlier
        process.kill()
        process.wait()
        assert decoder.decode(photo).width == 9
    finally:
        decoder.close()


@pytest.mark.skipif(os.name != "posix", reason="Timers of POSIX")
def test_the_process_ends_itself_where_nobody_ends_it():
    code = (
        "import time; from colorkit.demo import decode_worker; "
        "decode_worker.decode_upload = lambda **request: time.sleep(60); decode_worker.main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    process.stdin.write(b'{"path": "a", "name": "a", "max_pixels": 1, "seconds": 0.2}\n')
    process.stdin.flush()
    assert process.wait(timeout=30) == -signal.SIGALRM
    process.communicate()
