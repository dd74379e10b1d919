from .ab_error import (
    AUC_MAX_THRESHOLD as AUC_MAX_THRESHOLD,
    AbErrorAuc as AbErrorAuc,
    RebalancedAbErrorAuc as RebalancedAbErrorAuc,
    ab_error_auc as ab_error_auc,
    class_weights as class_weights,
)
from .channel_accuracy import ChannelAccuracy as ChannelAccuracy
from .color_difference import (
    Ciede2000 as Ciede2000,
    ciede2000 as ciede2000,
)
from .colorfulness_measure import (
    Colorfulness as Colorfulness,
    ColorfulnessBias as ColorfulnessBias,
    ColorfulnessError as ColorfulnessError,
    colorfulness as colorfulness,
    colorfulness_of_magnitudes as colorfulness_of_magnitudes,
)
from .noise_ratio import (
    MAX_PSNR as MAX_PSNR,
    Psnr as Psnr,
    psnr as psnr,
)
from .structure import (
    SSIM_WINDOW as SSIM_WINDOW,
    Ssim as Ssim,
    ssim as ssim,
)
