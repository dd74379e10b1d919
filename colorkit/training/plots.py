"""The plots of a finished training run: its metrics by epoch, and a contact sheet."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from colorkit.io.atomic_write import replace_when_whole
from colorkit.training.run_folder import find_best_row
from colorkit.typing import StrPath

TITLES = ("Gray", "Predicted", "Truth")
"""Columns of a contact sheet."""

_MARGIN = 8  # pixels


def draw_curves(rows: Sequence[Mapping[str, float]], path: StrPath, monitor: str | None) -> None:
    """Plots losses and metrics by epoch.

    Args:
        rows: The log: list of dicts from metrics to floats, with "epoch" counted from 0.
        path: Path of the PNG.
        monitor: The metric whose best epoch a dotted line marks.
    """
    from matplotlib.figure import Figure  # Without pyplot: draws by Agg, whatever the display is
    from matplotlib.ticker import MaxNLocator

    names = list(dict.fromkeys(name.removeprefix("val_") for name in rows[0] if name != "epoch"))
    columns = min(3, len(names))
    lines = -(-len(names) // columns)
    figure = Figure(figsize=(4.5 * columns, 3.2 * lines), layout="constrained")
    epochs = [row["epoch"] + 1 for row in rows]
    best = find_best_row(rows, monitor)
    for place, name in enumerate(names, 1):
        axes = figure.add_subplot(lines, columns, place, title=name, xlabel="epoch")
        for column, label in ((name, "training"), (f"val_{name}", "validation")):
            if column in rows[0]:
                axes.plot(epochs, [row[column] for row in rows], label=label, marker=".")
        if best is not None:
            axes.axvline(best["epoch"] + 1, color="gray", linestyle=":", label=f"best {monitor}")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
    with replace_when_whole(path) as temporary:
        figure.savefig(temporary, dpi=100)


def draw_contact_sheet(
    pictures: Sequence[NDArray[np.uint8]], path: StrPath, titles: Sequence[str] = TITLES
) -> None:
    """Draws photographs in rows: gray | predicted | truth, as the report's Figures 11 to 14.

    Args:
        pictures: For each title a uint8 array of shape `(number, height, width, 3)`.
        path: Path of the PNG.
        titles: What is written above the columns.
    """
    number, height, width = pictures[0].shape[:3]
    font = ImageFont.load_default(max(12, width // 12))
    top = 2 * _MARGIN + int(font.getbbox("Predicted")[3])
    size = (len(titles) * (width + _MARGIN) + _MARGIN, top + number * (height + _MARGIN))
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for column, (title, photos) in enumerate(zip(titles, pictures, strict=True)):
        left = _MARGIN + column * (width + _MARGIN)
        draw.text((left + width / 2, _MARGIN), title, fill="black", font=font, anchor="ma")
        for row, photo in enumerate(photos):
            sheet.paste(Image.fromarray(np.ascontiguousarray(photo)),
                        (left, top + row * (height + _MARGIN)))  # fmt: skip
    with replace_when_whole(path) as temporary:
        sheet.save(temporary)
