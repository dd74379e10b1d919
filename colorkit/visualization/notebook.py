"""Displays for notebooks: pictures and tables with captions, and a before/after slider.

Each is an object with `_repr_html_`, which Colab and Jupyter draw where it is a cell's last line.
The HTML is self-contained.
"""

import base64
import html
import io
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from colorkit.io.read import read_photo
from colorkit.typing import StrPath

JPEG_QUALITY = 90

LARGEST_SIDE = 1200
"""Arrays, and pictures under a slider, are shrunk to this longer side, in pixels."""

_STYLE = "margin:0.5em 0;max-width:100%"


class ShownHtml:
    """HTML that a notebook draws.

    Args:
        text: The HTML.

    Attributes:
        text: The same.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_html_(self) -> str:
        return self.text


def show_picture(
    picture: NDArray[Any] | StrPath, caption: str, width: int | None = None
) -> ShownHtml:
    """Shows a picture with its caption.

    Args:
        picture: uint8 array of shape `(H, W)` or `(H, W, 3)`, or the path of a PNG or JPEG.
        caption: Text below it.
        width: Width on the screen, in pixels; `None` for the picture's own.

    Returns:
        `ShownHtml`.

    Example:
        >>> shown = show_picture("runs/first/curves.png", "Figure 1: the metrics of each epoch.")
    """
    style = f"width:{int(width)}px;" if width else ""
    caption = html.escape(caption)
    return ShownHtml(
        f'<figure style="{_STYLE}"><img style="{style}max-width:100%" src="{_data_url(picture)}" '
        f'alt="{caption}"><figcaption>{caption}</figcaption></figure>'
    )


def show_before_after(
    before: NDArray[Any] | StrPath,
    after: NDArray[Any] | StrPath,
    caption: str,
    width: int | None = None,
) -> ShownHtml:
    """Shows two pictures in one place, with a slider that uncovers the one or the other.

    Args:
        before: Picture on the left: uint8 or uint16 array of shape `(H, W)` or `(H, W, 3)`, or the
            path of a photograph.
        after: Picture on the right, of the same size.
        caption: Text below them.
        width: Width on the screen, in pixels; `None` for the pictures' own.

    Returns:
        `ShownHtml`.

    Raises:
        ValueError: If the pictures differ in size.
        PhotoError: If a file cannot be read.

    Example:
        >>> shown = show_before_after(gray, photo, "An old photograph, gray and coloured.")
    """
    pictures = [_to_pixels(picture) for picture in (before, after)]
    (height, own_width), other = (picture.shape[:2] for picture in pictures)
    if other != (height, own_width):
        raise ValueError(
            "A slider needs two pictures of one size. "
            f"Received: {height} x {own_width} and {other[0]} x {other[1]}"
        )
    urls = [_jpeg_url(picture) for picture in pictures]
    name = f"colorkit-slider-{uuid.uuid4().hex}"
    layer = "position:absolute;inset:0;width:100%;height:100%;margin:0;"
    return ShownHtml(
        f'<figure style="{_STYLE};width:{int(width or own_width)}px">'
        f'<div id="{name}" style="--cut:50%;position:relative;aspect-ratio:{own_width}/{height}">'
        f'<img style="{layer}" alt="before" src="{urls[0]}">'
        f'<img style="{layer}clip-path:inset(0 0 0 var(--cut))" alt="after" src="{urls[1]}">'
        '<div style="position:absolute;top:0;bottom:0;left:var(--cut);width:2px;'
        'background:white"></div></div>'
        '<input type="range" min="0" max="100" value="50" step="0.5" '
        'style="width:100%;margin:0.3em 0" aria-label="before or after" '
        f"oninput=\"document.getElementById('{name}').style.setProperty('--cut',"
        "this.value+'%')\">"
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def show_table(
    columns: Iterable[object], rows: Iterable[Iterable[object]], caption: str
) -> ShownHtml:
    """Shows a table with its caption.

    Args:
        columns: Heads of the columns.
        rows: Iterable of rows, each of as many cells.
        caption: Text above it.

    Returns:
        `ShownHtml`.

    Example:
        >>> shown = show_table(["Metric", "Value"], [("PSNR", 23.49)], "Table 1: mean metrics.")
    """
    head = "".join(f"<th>{html.escape(str(column))}</th>" for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return ShownHtml(
        f'<table><caption style="text-align:left">{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _to_pixels(picture: NDArray[Any] | StrPath) -> NDArray[Any]:
    pixels = picture if isinstance(picture, np.ndarray) else read_photo(picture).pixels
    return np.right_shift(pixels, 8).astype("uint8") if pixels.dtype == np.uint16 else pixels


def _data_url(picture: NDArray[Any] | StrPath) -> str:
    if isinstance(picture, np.ndarray):
        return _jpeg_url(picture)
    kind = "jpeg" if Path(picture).suffix.lower() in (".jpg", ".jpeg") else "png"
    return _url(kind, Path(picture).read_bytes())


def _jpeg_url(pixels: NDArray[np.uint8]) -> str:
    image = Image.fromarray(pixels)
    image.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY)
    return _url("jpeg", file.getvalue())


def _url(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
