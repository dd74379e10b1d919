"""Two plots of a built data set: random pairs, and the ab histogram of each split."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from matplotlib import colors
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.data.build_database import PhotoRecord

PAIRS_PER_SPLIT = 10

_TILE, _GAP, _HEADING = 120, 6, 30  # pixels
_BACKGROUND, _TEXT = (255, 255, 255), (40, 40, 40)
_AB_RANGE, _AB_BINS = 110, 110
_PIXELS_A_SIDE = 64  # of each picture that are counted
_INCHES_A_PANEL, _DPI = 4.2, 110


def draw_contact_sheet(
    path: StrPath,
    samples: Mapping[str, list[PhotoRecord]],
    counts: Mapping[str, int],
    find_picture: Callable[[str, PhotoRecord], Path],
) -> None:
    """Draws random pairs of each split, gray above colour.

    Args:
        path: Path of the PNG to write.
        samples: Dict from splits to lists of `PhotoRecord`, in random order.
        counts: Dict from splits to numbers of pairs.
        find_picture: Function from "gray" or "color" and a `PhotoRecord` to a picture's path.
    """
    samples = {split: found[:PAIRS_PER_SPLIT] for split, found in samples.items() if found}
    columns = max(map(len, samples.values()))
    width = _GAP + columns * (_TILE + _GAP)
    block = _HEADING + 2 * _TILE + _GAP
    sheet = Image.new("RGB", (width, block * len(samples) + _GAP), _BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=_HEADING // 2)
    for row, (split, found) in enumerate(samples.items()):
        top = row * block
        title = f"{split}: {counts[split]:,} pairs"
        draw.text((_GAP, top + _HEADING // 4), title, _TEXT, font)
        for column, record in enumerate(found):
            left = _GAP + column * (_TILE + _GAP)
            for line, kind in enumerate(("gray", "color")):
                with Image.open(find_picture(kind, record)) as picture:
                    tile = picture.convert("RGB").resize((_TILE, _TILE), Image.Resampling.BOX)
                sheet.paste(tile, (left, top + _HEADING + line * _TILE))
    sheet.save(path)


def draw_ab_histogram(
    path: StrPath,
    samples: Mapping[str, list[PhotoRecord]],
    counts: Mapping[str, int],
    find_picture: Callable[[str, PhotoRecord], Path],
) -> None:
    """Plots the ab histogram of each split.

    Args:
        path, samples, counts, find_picture: As in `draw_contact_sheet`.
    """
    splits = [split for split in samples if samples[split]]
    size = (_INCHES_A_PANEL * len(splits) + 1, _INCHES_A_PANEL)
    figure = Figure(size, layout=ConstrainedLayoutEngine(h_pad=0.1))  # inches
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(splits), squeeze=False, sharey=True)[0]
    for panel, split in zip(panels, splits, strict=True):
        shares = count_ab(find_picture("color", record) for record in samples[split])
        shares /= shares.sum()
        image = panel.imshow(
            np.where(shares > 0, shares, np.nan).T,
            origin="lower",
            extent=[-_AB_RANGE, _AB_RANGE] * 2,
            norm=colors.LogNorm(1e-6, 1e-1),
        )
        panel.set_title(f"{split}: {len(samples[split]):,} of {counts[split]:,} pictures")
        panel.set_xlabel("a (green to red)")
        panel.axhline(0, color="0.7", linewidth=0.5)
        panel.axvline(0, color="0.7", linewidth=0.5)
    panels[0].set_ylabel("b (blue to yellow)")
    figure.colorbar(image, ax=panels, label="share of pixels")
    figure.savefig(path, dpi=_DPI)


def count_ab(paths: Iterable[Path]) -> NDArray[np.float64]:
    """Computes the ab histogram of pictures, in bins of 2 x 2 units.

    Args:
        paths: Paths of RGB pictures.

    Returns:
        float64 array of shape `(110, 110)`: a by b, from -110 to 110.
    """
    counts = np.zeros((_AB_BINS, _AB_BINS))
    edges = np.linspace(-_AB_RANGE, _AB_RANGE, _AB_BINS + 1)
    for path in paths:
        with Image.open(path) as picture:
            rgb = np.asarray(picture.convert("RGB"))
        # Single pixels, since averages would be grayer.
        rows, columns = (
            np.linspace(0, side - 1, _PIXELS_A_SIDE).astype(int) for side in rgb.shape[:2]
        )
        points = rgb[np.ix_(rows, columns)].astype("float32") / 255
        ab = cv2.cvtColor(points, cv2.COLOR_RGB2LAB)[..., 1:].reshape(-1, 2)
        counts += np.histogramdd(ab, bins=[edges, edges])[0]
    return counts
