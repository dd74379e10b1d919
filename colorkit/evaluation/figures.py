"""The figures of one photograph: what is measured, and how it is called."""

import dataclasses

import numpy as np
from keras import ops

from colorkit import metrics
from colorkit.color import rgb_to_lab

TRUTH = "truth"

CHROMA_EDGES = np.arange(0.0, 136.0, 2.0)
"""Edges of the histograms of chroma, in Lab units; sRGB's strongest blue has a chroma of 133.8."""


@dataclasses.dataclass(frozen=True)
class Figure:
    """What one number says.

    Attributes:
        key: Its name in JSON, CSV and `Evaluation.means()`.
        title: Its name in tables, with its unit.
        note: One sentence on what it is.
        better: 1 if more is better, -1 if less is, 0 if neither.
        decimals: Digits after the point in tables.
    """

    key: str
    title: str
    note: str
    better: int = 0
    decimals: int = 2


FIGURES = {
    figure.key: figure
    for figure in (
        Figure("psnr", "PSNR (dB)", "Peak signal-to-noise ratio over red, green and blue.", 1),
        Figure("ssim", "SSIM", "Structural similarity, mean of the three channels.", 1, 4),
        Figure("ciede2000", "CIEDE2000", "Colour difference, mean over pixels.", -1),
        Figure("auc", "AuC of ab error (%)", "Area under the cumulative ab error, 0 to 150.", 1),
        Figure(
            "auc_rebalanced",
            "AuC of ab error, class-rebalanced (%)",
            "The same, each of 313 colour classes counting alike whatever its frequency.",
            1,
        ),
        Figure("colorfulness", "Colourfulness", "M(3) of Hasler and Süsstrunk 2003."),
        Figure(
            "colorfulness_bias",
            "ΔColourfulness, of means",
            "Mean colourfulness less the truth's; below 0 is duller.",
        ),
        Figure(
            "colorfulness_error",
            "ΔColourfulness, mean of absolute",
            "Mean absolute difference from the truth's, photograph by photograph.",
            -1,
        ),
        Figure(
            "cf",
            "CF of published tables",
            "Colourfulness with absolute opponent channels, as DDColor's code has it.",
        ),
        Figure(
            "cf_bias",
            "ΔCF of published tables",
            "Mean CF less the truth's; tables leave out the sign.",
        ),
        Figure("lpips", "LPIPS", "Learned perceptual distance, AlexNet, version 0.1.", -1, 4),
        Figure("fid", "FID", "Fréchet distance of InceptionV3 features from the truth's.", -1),
    )
}
"""Every figure by its key, in the order of tables. `fid` is one of all photographs together."""


@dataclasses.dataclass(frozen=True)
class Measured:
    """What `measure_pictures` finds.

    Attributes:
        figures: Values by figure, by picture; of `TRUTH` those that need no other picture.
        class_weight: Mean of the photograph's `metrics.class_weights`.
        chroma: Share of pixels between each two of `CHROMA_EDGES`, by picture.
    """

    figures: dict
    class_weight: float
    chroma: dict


def measure_pictures(photo, pictures, class_prior):
    """Measures several colourings of one photograph.

    Args:
        photo: uint8 array of shape `(H, W, 3)`, 11 pixels or more a side.
        pictures: Dict of arrays like it, by name.
        class_prior: Probability of each of the 313 colour classes.

    Returns:
        A `Measured`.
    """
    lab_true = rgb_to_lab(photo)
    ab_true = lab_true[..., 1:]
    weights = metrics.class_weights(ab_true, class_prior)
    truth = _own_figures(photo)
    figures, chroma = {}, {}
    for name, picture in pictures.items():
        lab = rgb_to_lab(picture)
        ab = lab[..., 1:]
        own = _own_figures(picture)
        excess = own["colorfulness"] - truth["colorfulness"]
        figures[name] = {
            "psnr": float(metrics.psnr(photo, picture)),
            "ssim": float(metrics.ssim(photo, picture)),
            "ciede2000": float(ops.mean(metrics.ciede2000(lab_true, lab))),
            "auc": float(metrics.ab_error_auc(ab_true, ab)),
            "auc_rebalanced": float(metrics.ab_error_auc(ab_true, ab, weights)),
            "colorfulness": own["colorfulness"],
            "colorfulness_bias": excess,
            "colorfulness_error": abs(excess),
            "cf": own["cf"],
            "cf_bias": own["cf"] - truth["cf"],
        }
        chroma[name] = _chroma_shares(ab)
    figures[TRUTH] = truth
    chroma[TRUTH] = _chroma_shares(ab_true)
    return Measured(figures, float(ops.mean(weights)), chroma)


def _own_figures(rgb):
    return {
        "colorfulness": float(metrics.colorfulness(rgb)),
        "cf": float(metrics.colorfulness_of_magnitudes(rgb)),
    }


def _chroma_shares(ab):
    a, b = np.moveaxis(ops.convert_to_numpy(ab), -1, 0)
    counts, _ = np.histogram(np.hypot(a, b), CHROMA_EDGES)
    return counts / a.size
