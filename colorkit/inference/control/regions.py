"""Regions of a picture that belong together, by what colours the model deems likely there."""

import numpy as np
import scipy.cluster.hierarchy
import skimage.segmentation
from numpy.typing import NDArray

REGIONS = 6
"""Largest number of regions: parts of a picture that may be apart, as the two sleeves of a coat."""

_SUPERPIXELS = 60
_UNIT = 10.0  # Lab units that weigh as much as a superpixel's own compactness


def find_regions(
    lightness: NDArray[np.float32], ab: NDArray[np.float32], probabilities: NDArray[np.float32]
) -> NDArray[np.intp]:
    """Finds superpixels and merges those of like distributions.

    Superpixels are SLIC's (Achanta et al. 2012), of lightness and predicted colour. They are merged
    by Ward's method on the square roots of their mean distributions (Hellinger's distance).

    Args:
        lightness: float32 array of shape `(h, w)` in [0, 100].
        ab: float32 array of shape `(h, w, 2)`: predicted CIE a and b.
        probabilities: float32 array of shape `(h, w, bins)`.

    Returns:
        int array of shape `(h, w)`: the region of each pixel, from 0 to `REGIONS` - 1 at most.
    """
    lab = np.dstack([lightness, ab]).astype("float64") / _UNIT
    pieces = skimage.segmentation.slic(
        lab, _SUPERPIXELS, compactness=1.0, convert2lab=False, start_label=0
    )
    number = int(pieces.max()) + 1
    if number == 1:
        return pieces
    means = mean_by_region(probabilities, pieces)
    tree = scipy.cluster.hierarchy.linkage(np.sqrt(means), "ward")
    return (scipy.cluster.hierarchy.fcluster(tree, REGIONS, "maxclust") - 1)[pieces]


def mean_by_region(values: NDArray[np.float32], regions: NDArray[np.intp]) -> NDArray[np.float64]:
    """Returns the mean in each region: values `(h, w, channels)` to `(regions, channels)`."""
    flat, places = values.reshape(-1, values.shape[-1]), regions.ravel()
    number = int(places.max()) + 1
    sums = np.zeros((number, flat.shape[1]))
    np.add.at(sums, places, flat)
    return sums / np.maximum(np.bincount(places, minlength=number), 1)[:, None]
