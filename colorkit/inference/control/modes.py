"""The modes of a distribution over colours: the few that stand for it best."""

import numpy as np
import scipy.special
from numpy.typing import ArrayLike, NDArray

from colorkit.color.ab_bins import AB_BINS, load_prior, rebalancing_weights

_ROUNDS = 20  # of k-means, which has settled by then
_EMPTY = 1e-9
_REBALANCING = 0.5  # what remains of the class weights in what is taken for probable


def probabilities_of(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns how probable each bin is: logits of shape `(..., 313)` to shares of that shape."""
    log_weights = np.log(rebalancing_weights(load_prior())).astype("float32")
    return scipy.special.softmax(logits - (1 - _REBALANCING) * log_weights, axis=-1)


def find_modes(
    distribution: ArrayLike, number: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Finds the colours that stand for a distribution with the least squared error (k-means).

    It begins with the mean and with bins that are likely and far from the colours found before, so
    that nothing is left to chance.

    Args:
        distribution: Array of shape `(313,)`, non-negative: the share of each bin of
            `color.ab_bins`.
        number: Int of 1 or more.

    Returns:
        Tuple of float64 arrays: CIE a and b, of shape `(number, 2)`, from blue to yellow; and the
        share of each, of shape `(number,)`.
    """
    shares = np.asarray(distribution, "float64")
    shares = shares / shares.sum()
    modes = [shares @ AB_BINS]
    while len(modes) < number:
        modes.append(AB_BINS[np.argmax(shares * _squared_distances(modes).min(1))])
    found = np.array(modes)
    for _ in range(_ROUNDS):
        nearest = _squared_distances(found).argmin(1)
        for n in range(number):
            own = shares * (nearest == n)
            if own.sum() > _EMPTY:
                found[n] = own @ AB_BINS / own.sum()
    nearest = _squared_distances(found).argmin(1)
    sizes = np.array([shares[nearest == n].sum() for n in range(number)])
    order = np.argsort(found[:, 1])
    return found[order], sizes[order]


def _squared_distances(colors: ArrayLike) -> NDArray[np.float64]:
    return ((AB_BINS[:, None] - np.asarray(colors)) ** 2).sum(-1)
