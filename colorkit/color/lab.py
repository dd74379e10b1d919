"""sRGB and CIE Lab, as `skimage.color` computes them, in `keras.ops`.

All functions take any leading shape with the channels last, run on every Keras backend, compute in
float32 whatever the dtype policy, and have finite gradients everywhere (black included).

The convention is D65, 2 degree observer, sRGB companding: L in [0, 100], a and b in about
[-110, 110].
"""

import keras
from keras import ops

from colorkit.color.constants import AB_SCALE as AB_SCALE
from colorkit.color.constants import D65_WHITE, RGB_FROM_XYZ, XYZ_FROM_RGB
from colorkit.color.constants import L_MAX as L_MAX
from colorkit.typing import Tensor

_SRGB_KNEE, _LINEAR_KNEE = 0.04045, 0.0031308  # where sRGB companding turns from line to power
_LAB_KNEE, _LAB_SLOPE, _LAB_OFFSET = 0.008856, 7.787, 16.0 / 116.0  # CIE 15: cube root to line
_LAB_F_KNEE = 0.2068966

_NORMALIZED_XYZ_FROM_RGB = XYZ_FROM_RGB / D65_WHITE[:, None]
_RGB_FROM_NORMALIZED_XYZ = RGB_FROM_XYZ * D65_WHITE[None, :]
_GAMUT_TOLERANCE = 1e-3


def rgb_to_lab(rgb: Tensor) -> Tensor:
    """Converts sRGB to CIE Lab.

    Args:
        rgb: Tensor or array of shape `(..., 3)`: uint8 in [0, 255], or float in [0, 1].

    Returns:
        float32 tensor of shape `(..., 3)`: L in [0, 100], a and b in about [-110, 110].

    Raises:
        ValueError: If the last axis is not 3, or the dtype is neither uint8 nor float.

    Example:
        >>> keras.ops.convert_to_numpy(colorkit.rgb_to_lab(np.uint8([255, 0, 0]))).round(1)
        array([53.2, 80.1, 67.2], dtype=float32)
    """
    rgb = ops.convert_to_tensor(rgb)
    _check_channels(rgb, "rgb")
    red, green, blue = _channels(_linear_from_srgb(_as_unit_float(rgb)))
    x, y, z = (
        _lab_f(ops.maximum(float(m[0]) * red + float(m[1]) * green + float(m[2]) * blue, 0.0))
        for m in _NORMALIZED_XYZ_FROM_RGB
    )
    return ops.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1)


def lab_to_rgb(lab: Tensor) -> Tensor:
    """Converts CIE Lab to sRGB, clipping what lies outside the gamut.

    Each channel is clipped to [0, 1] on its own, as `skimage.color.lab2rgb` does.
    `count_out_of_gamut` tells how many pixels that changes.

    Args:
        lab: Float tensor or array of shape `(..., 3)`: L in [0, 100], a and b in Lab units.

    Returns:
        float32 tensor of shape `(..., 3)` in [0, 1].

    Raises:
        ValueError: If the last axis is not 3.
    """
    return _srgb_from_linear(ops.clip(_linear_rgb_from_lab(lab), 0.0, 1.0))


def luminance_to_lightness(luminance: Tensor) -> Tensor:
    """Converts CIE Y to CIE L.

    Args:
        luminance: Float tensor of any shape in [0, 1].

    Returns:
        Tensor of the same shape in [0, 100].
    """
    return 116.0 * _lab_f(luminance) - 16.0


def count_out_of_gamut(lab: Tensor) -> Tensor:
    """Counts the pixels whose colour sRGB cannot show, which `lab_to_rgb` clips.

    Args:
        lab: Float tensor or array of shape `(..., 3)`: L in [0, 100], a and b in Lab units.

    Returns:
        int32 scalar tensor: pixels with a linear channel more than 0.001 outside [0, 1].

    Raises:
        ValueError: If the last axis is not 3.
    """
    linear = _linear_rgb_from_lab(lab)
    outside = ops.any(
        ops.logical_or(linear < -_GAMUT_TOLERANCE, linear > 1.0 + _GAMUT_TOLERANCE), axis=-1
    )
    return ops.sum(ops.cast(outside, "int32"))


def lab_to_linear_channels(lightness: Tensor, a: Tensor, b: Tensor) -> list[Tensor]:
    """Converts CIE Lab to linear light, plane by plane.

    Args:
        lightness: float32 tensor of any shape in [0, 100].
        a: float32 tensor of the same shape, in Lab units.
        b: float32 tensor of the same shape, in Lab units.

    Returns:
        List of float32 tensors of the same shape: red, green and blue, in [0, 1] where sRGB can
        show the colour.
    """
    fy = (lightness + 16.0) / 116.0
    x, y, z = (_lab_f_inverse(f) for f in (fy + a / 500.0, fy, ops.maximum(fy - b / 200.0, 0.0)))
    return [float(m[0]) * x + float(m[1]) * y + float(m[2]) * z for m in _RGB_FROM_NORMALIZED_XYZ]


def _linear_rgb_from_lab(lab: Tensor) -> Tensor:
    lab = ops.cast(ops.convert_to_tensor(lab), "float32")
    _check_channels(lab, "lab")
    return ops.stack(lab_to_linear_channels(*_channels(lab)), axis=-1)


def _check_channels(pixels: Tensor, name: str) -> None:
    if len(pixels.shape) == 0 or pixels.shape[-1] != 3:
        raise ValueError(
            f"`{name}` must have three channels in its last axis. "
            f"Received: shape {tuple(pixels.shape)}"
        )


def _as_unit_float(rgb: Tensor) -> Tensor:
    dtype = keras.backend.standardize_dtype(rgb.dtype)
    if dtype == "uint8":
        return ops.cast(rgb, "float32") / 255.0
    if keras.backend.is_float_dtype(dtype):
        return ops.cast(rgb, "float32")
    raise ValueError(f"`rgb` must be uint8 in [0, 255] or float in [0, 1]. Received: dtype {dtype}")


def _channels(pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return pixels[..., 0], pixels[..., 1], pixels[..., 2]


def _power(base: Tensor, exponent: float) -> Tensor:
    return ops.exp(exponent * ops.log(base))


def _linear_from_srgb(rgb: Tensor) -> Tensor:
    curve = _power((ops.maximum(rgb, _SRGB_KNEE) + 0.055) / 1.055, 2.4)
    return ops.where(rgb > _SRGB_KNEE, curve, rgb / 12.92)


def _srgb_from_linear(linear: Tensor) -> Tensor:
    curve = 1.055 * _power(ops.maximum(linear, _LINEAR_KNEE), 1.0 / 2.4) - 0.055
    return ops.where(linear > _LINEAR_KNEE, curve, 12.92 * linear)


def _lab_f(t: Tensor) -> Tensor:
    root = _power(ops.maximum(t, _LAB_KNEE), 1.0 / 3.0)
    return ops.where(t > _LAB_KNEE, root, _LAB_SLOPE * t + _LAB_OFFSET)


def _lab_f_inverse(f: Tensor) -> Tensor:
    return ops.where(f > _LAB_F_KNEE, f * f * f, (f - _LAB_OFFSET) / _LAB_SLOPE)
