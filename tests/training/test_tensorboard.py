"""What TensorBoard's own reader finds in the events."""

import io

import numpy as np
import pytest
from PIL import Image

from colorkit.training import tensorboard
from colorkit.training.tensorboard import TensorBoardLog


def test_metrics_and_pictures_are_read_back(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    rows = [np.random.default_rng(n).integers(0, 256, (2, 8, 8, 3), "uint8") for n in range(3)]
    log = TensorBoardLog(tmp_path)
    for first_epoch in (0, 2):  # Two calls of `fit`
        log.on_train_begin()
        for epoch in range(first_epoch, first_epoch + 2):
            log.add_pictures(epoch, rows)
            log.on_epoch_end(epoch, {"loss": 1.5 / (epoch + 1), "val_psnr": 20.0 + epoch})
        log.on_train_end()
    found = EventAccumulator(str(tmp_path)).Reload()
    assert found.Tags()["scalars"] == ["loss", "val_psnr"]
    scalars = found.Scalars("val_psnr")
    assert [(event.step, event.value) for event in scalars] == [(n, 20.0 + n) for n in range(4)]
    assert found.Tags()["images"] == ["validation/0", "validation/1"]
    event = found.Images("validation/1")[-1]
    assert (event.step, event.width, event.height) == (3, 24, 8)
    picture = np.asarray(Image.open(io.BytesIO(event.encoded_image_string)))
    np.testing.assert_array_equal(picture, np.concatenate([row[1] for row in rows], axis=1))


def test_without_tensorboard_the_error_tells_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(tensorboard.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="pip install tensorboard"):
        TensorBoardLog(tmp_path)
