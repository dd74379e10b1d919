"""Decodes uploads in a process of its own: `python -m colorkit.demo.decode_worker`.

A request is a line of JSON on standard input: `path`, `name`, `max_pixels`, and `seconds`, after
which the process ends itself, should the page that would end it sooner be gone. The answer on
standard output is a line of JSON with an `error`, or with the fields of a `Photo`, whose arrays
follow as they are. Nothing is pickled: a file that takes a decoder over could send anything.
"""

import base64
import contextlib
import dataclasses
import io
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import tifffile

from colorkit.io.decode_tiff import count_pages
from colorkit.io.metadata import Metadata
from colorkit.io.photo import Photo, PhotoError
from colorkit.io.plugins import open_image
from colorkit.io.read import decode_photo
from colorkit.io.signatures import SIGNATURE_BYTES, find_kind
from colorkit.typing import StrPath

PIXELS_PER_BYTE = 2000
"""The most that a file may claim: a deflated PNG of 8 bits reaches 1032, of one colour all over."""

SMALL = 1_000_000
"""Number of pixels up to which a file may claim any."""


def decode_upload(path: StrPath, name: str, max_pixels: int) -> Photo:
    """Decodes an upload.

    Args:
        path: Path of the file.
        name: What to call it in errors.
        max_pixels: Pictures with more pixels are refused.

    Returns:
        `Photo`; of a TIFF of several pages the first, and a note of it.

    Raises:
        PhotoError: If it is no photograph, too large, or too small a file for its pixels.
    """
    data = Path(path).read_bytes()
    width, height = _read_size(data, name)
    if width * height > max(SMALL, PIXELS_PER_BYTE * len(data)):
        raise PhotoError(
            f"Cannot read {name}: expected a photograph. Received: {width} x {height} pixels in "
            f"{len(data)} bytes, too few for a photograph. Save it anew in a photo editor."
        )
    photo = decode_photo(data, name, page=0, max_pixels=max_pixels)
    pages = count_pages(path)
    if pages == 1:
        return photo
    note = f"only the first of {pages} pages is coloured; `colorkit colorize` takes all"
    return dataclasses.replace(photo, notes=(*photo.notes, note))


def send_photo(stream: IO[bytes], photo: Photo) -> None:
    """Writes a `Photo` to a binary stream, for `receive_photo`."""
    arrays = [each for each in (photo.pixels, photo.alpha) if each is not None]
    header = {
        "arrays": [(each.dtype.name, each.shape) for each in arrays],
        "exif": _as_text(photo.exif),
        "icc_profile": _as_text(photo.icc_profile),
        "file_format": photo.file_format,
        "metadata": {
            **vars(photo.metadata),
            **{name: _as_text(getattr(photo.metadata, name)) for name in _BYTES_OF_METADATA},
        },
        "notes": photo.notes,
        "damage": photo.damage,
    }
    stream.write(json.dumps(header).encode() + b"\n")
    for array in arrays:
        stream.write(np.ascontiguousarray(array).data)


def receive_photo(stream: io.BufferedReader) -> Photo:
    """Reads the answer to a request from a binary stream.

    Returns:
        `Photo`.

    Raises:
        PhotoError: If the answer is an error.
        EOFError: If the stream ends before.
    """
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    header = json.loads(line)
    if "error" in header:
        raise PhotoError(header["error"])
    arrays = [np.empty(shape, dtype) for dtype, shape in header.pop("arrays")]
    for array in arrays:
        if stream.readinto(array.reshape(-1).view("uint8").data) < array.nbytes:
            raise EOFError
    metadata = header["metadata"]
    metadata.update({name: _as_bytes(metadata[name]) for name in _BYTES_OF_METADATA})
    metadata["dpi"] = metadata["dpi"] and tuple(metadata["dpi"])
    metadata["text"] = tuple(map(tuple, metadata["text"]))
    pixels, *others = arrays
    return Photo(
        pixels,
        others[0] if others else None,
        **{
            **header,
            "exif": _as_bytes(header["exif"]),
            "icc_profile": _as_bytes(header["icc_profile"]),
            "metadata": Metadata(**metadata),
            "notes": tuple(header["notes"]),
        },
    )


def main() -> None:
    """Answers requests until there are no more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # What a library prints is no answer.
    answers.write(b"ready\n")
    answers.flush()
    for line in sys.stdin.buffer:
        request = json.loads(line)
        try:
            with _ends_after(request.pop("seconds")):
                photo = decode_upload(**request)
            send_photo(answers, photo)
        except PhotoError as error:
            answers.write(json.dumps({"error": str(error)}).encode() + b"\n")
        answers.flush()


@contextlib.contextmanager
def _ends_after(seconds: float) -> Iterator[None]:
    """Lets the system end the process, even within a decoder, where the block takes longer."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


_BYTES_OF_METADATA = ("xmp", "iptc", "comment")


def _read_size(data: bytes, name: str) -> tuple[int, int]:
    """Reads width and height as the file's head claims them; 0 where it cannot be read."""
    kind = find_kind(data[:SIGNATURE_BYTES], name)
    try:
        if kind == "TIFF":
            with tifffile.TiffFile(io.BytesIO(data)) as tiff:
                return tiff.pages.first.imagewidth, tiff.pages.first.imagelength
        return open_image(data, kind, name).size
    except Exception:  # Of many kinds. Decoding tells what is wrong.
        return 0, 0


def _as_text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def _as_bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


if __name__ == "__main__":
    main()
