"""What goes from one of the three steps of colouring a picture to the next."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class PreparedPicture:
    """A picture ready for the network.

    Attributes:
        lightness: float32 array of shape `(H, W)` in [0, 100]: its CIE L.
        dtype: NumPy dtype of its pixels, before and after.
        content: Slices over rows and columns: the photograph within its border.
        view: float32 array of shape `(h, w)`: what the network sees of the content.
        network_size: `(h, w)` of the content within the view; the rest mirrors its edges.
        hints: Tuple of the `colorkit.Hint`s given for it.
        drawn_hints: float32 array of shape `(h, w, 3)`: what the network is given of them. `None`
            where there are none.
    """

    lightness: np.ndarray
    dtype: np.dtype
    content: tuple
    view: np.ndarray
    network_size: tuple
    hints: tuple = ()
    drawn_hints: np.ndarray | None = None

    @property
    def network_shape(self):
        """`(h, w)` of the view: pictures of the same go through the network together."""
        return self.view.shape


@dataclasses.dataclass(frozen=True, eq=False)
class PredictedColor:
    """A network's answer to a picture.

    Attributes:
        ab: float32 array of shape `(h, w, 2)`: CIE a and b of a small copy, before saturation.
        network_size: `(h, w)` at which the network saw the picture.
    """

    ab: np.ndarray
    network_size: tuple


@dataclasses.dataclass(frozen=True)
class ColorizedPicture:
    """A coloured picture and how it came about.

    Attributes:
        pixels: RGB array of shape `(H, W, 3)`, of the dtype of the picture given.
        network_size: `(h, w)` at which the network saw the picture.
        out_of_gamut: Number of pixels whose predicted colour sRGB cannot show at their lightness,
            and whose chroma was lowered for that.
    """

    pixels: np.ndarray
    network_size: tuple
    out_of_gamut: int
