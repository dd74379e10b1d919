"""Metrics of colourisations, in `keras.ops`, one per module.

The functions measure each picture of a batch on its own; the `keras.metrics.Metric` classes
average them in `compile(metrics=...)`, and take what `inputs` describes.
"""

from colorkit.metrics.ab_error import (
    AUC_MAX_THRESHOLD,
    AbErrorAuc,
    RebalancedAbErrorAuc,
    ab_error_auc,
    class_weights,
)
from colorkit.metrics.channel_accuracy import ChannelAccuracy
from colorkit.metrics.color_difference import Ciede2000, ciede2000
from colorkit.metrics.colorfulness_measure import (
    Colorfulness,
    ColorfulnessBias,
    ColorfulnessError,
    colorfulness,
    colorfulness_of_magnitudes,
)
from colorkit.metrics.noise_ratio import MAX_PSNR, Psnr, psnr
from colorkit.metrics.structure import SSIM_WINDOW, Ssim, ssim

__all__ = [
    "AUC_MAX_THRESHOLD",
    "MAX_PSNR",
    "SSIM_WINDOW",
    "AbErrorAuc",
    "ChannelAccuracy",
    "Ciede2000",
    "Colorfulness",
    "ColorfulnessBias",
    "ColorfulnessError",
    "Psnr",
    "RebalancedAbErrorAuc",
    "Ssim",
    "ab_error_auc",
    "ciede2000",
    "class_weights",
    "colorfulness",
    "colorfulness_of_magnitudes",
    "psnr",
    "ssim",
]
