"""A run's metrics and pictures for TensorBoard, on every Keras backend."""

import importlib.util
import io
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from PIL import Image


def tensorboard_is_installed() -> bool:
    """Returns whether the package `tensorboard` is installed."""
    return importlib.util.find_spec("tensorboard") is not None


class TensorBoardLog(keras.callbacks.Callback):
    """Writes each epoch's metrics and validation pictures as TensorBoard events.

    Keras' own `TensorBoard` needs TensorFlow and logs no pictures; this writes the same events with
    the package `tensorboard` alone.

    Args:
        folder: Folder of the events.

    Raises:
        ImportError: If `tensorboard` is not installed.
    """

    comes_after = ("ValidationPictures",)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        if not tensorboard_is_installed():
            raise ImportError(
                "TensorBoardLog needs TensorBoard, which is not installed. Install it with "
                "pip install tensorboard."
            )
        self._folder = folder

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        self._writer = EventFileWriter(str(self._folder))

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        self._writer.close()

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        self._write(epoch, [{"tag": name, "simple_value": value} for name, value in logs.items()])
        self._writer.flush()

    def add_pictures(self, epoch: int, rows: Sequence[NDArray[np.uint8]]) -> None:
        """Writes validation photographs.

        Args:
            epoch: Index of the epoch, from 0.
            rows: Three uint8 arrays of shape `(number, height, width, 3)`: gray, predicted, true.
        """
        values = []
        for number, photos in enumerate(zip(*rows, strict=True)):
            picture = np.concatenate(photos, axis=1)
            png = io.BytesIO()
            Image.fromarray(picture).save(png, "PNG")
            image = {
                "height": picture.shape[0],
                "width": picture.shape[1],
                "colorspace": 3,  # RGB
                "encoded_image_string": png.getvalue(),
            }
            values.append({"tag": f"validation/{number}", "image": image})
        self._write(epoch, values)

    def _write(self, epoch: int, values: list[dict[str, Any]]) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        self._writer.add_event(Event(wall_time=time.time(), step=epoch, summary={"value": values}))
