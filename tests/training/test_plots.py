"""The pictures a run ends with."""

import numpy as np
import pytest
from PIL import Image

from colorkit.training.plots import draw_contact_sheet, draw_curves


@pytest.fixture
def figures(monkeypatch):
    """The figures that are drawn."""
    from matplotlib.figure import Figure

    drawn = []
    save = Figure.savefig

    def remember(self, *args, **kwargs):
        drawn.append(self)
        save(self, *args, **kwargs)

    monkeypatch.setattr(Figure, "savefig", remember)
    return drawn


def test_curves_show_training_and_validation_and_the_best_epoch(tmp_path, figures):
    rows = [
        {"epoch": 0.0, "loss": 3.0, "val_loss": 4.0, "val_psnr": 20.0},
        {"epoch": 1.0, "loss": 2.0, "val_loss": 3.5, "val_psnr": 22.0},
        {"epoch": 2.0, "loss": 1.0, "val_loss": 3.8, "val_psnr": float("nan")},
    ]
    draw_curves(rows, tmp_path / "curves.png", "val_loss")
    assert np.asarray(Image.open(tmp_path / "curves.png")).shape[0] > 200
    loss, psnr = figures[0].axes
    lines = {line.get_label(): line for line in loss.get_lines()}
    np.testing.assert_array_equal(lines["training"].get_xydata(), [[1, 3], [2, 2], [3, 1]])
    np.testing.assert_array_equal(lines["validation"].get_ydata(), [4, 3.5, 3.8])
    assert list(lines["best val_loss"].get_xdata()) == [2, 2]
    assert psnr.get_title() == "psnr" and "training" not in {
        line.get_label() for line in psnr.get_lines()
    }


def test_curves_of_a_run_without_validation(tmp_path, figures):
    draw_curves([{"epoch": 0.0, "loss": 3.0}], tmp_path / "curves.png", "val_psnr")
    assert [line.get_label() for line in figures[0].axes[0].get_lines()] == ["training"]


def test_the_contact_sheet_has_gray_predicted_and_truth_side_by_side(tmp_path):
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 256, (4, 40, 60, 3), "uint8") for _ in range(3)]
    draw_contact_sheet(pictures, tmp_path / "sheet.png")
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    margin = 8  # pixels
    assert sheet.shape[1] == 3 * 60 + 4 * margin
    bottom = sheet.shape[0] - margin
    for column, photos in enumerate(pictures):
        left = margin + column * (60 + margin)
        np.testing.assert_array_equal(sheet[bottom - 40 : bottom, left : left + 60], photos[3])
    title = sheet[: bottom - 4 * 40 - 3 * margin, margin : margin + 60]
    assert (title.min(axis=(0, 2)) < 128).any(), "no title stands above the first column"
