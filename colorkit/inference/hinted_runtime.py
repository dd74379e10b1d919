"""The network that colours pictures with hints, opened with the first of them."""

import functools
import threading

from colorkit.inference.hint_snapping import snap_hints


class HintedRuntime:
    """Answers for a network where there are hints: itself, or the shipped companion of the default.

    Args:
        network: `KerasRuntime` or `ExportedRuntime` that colours without hints.
        model: What it was opened by: `"colorkit_base"`, a path or a `keras.Model`.
        precision: As for `KerasRuntime`.
        style: Likewise.
        load: Function that loads the companion's `keras.Model`; `None` for the shipped one.
    """

    def __init__(self, network, model, precision="auto", style=None, load=None):
        self._network = network
        is_default = isinstance(model, str) and model == "colorkit_base"
        self._has_companion = is_default and network.model is not None
        self._choices = precision, style
        self._load = functools.cache(_load_shipped) if load is None else load
        self._lock = threading.Lock()
        self._opened = network if network.contract.takes_hints else None

    def check(self):
        """Checks that the network can be given hints.

        Raises:
            ValueError: If it cannot.
        """
        if self._opened is None and not self._has_companion:
            kind = ", an exported network" if self._network.model is None else ""
            raise ValueError(
                "Hints are taken by the default network, run by Keras, and by networks that the "
                "recipe 'colorkit_hints' trained: leave hints out, or give one of these. "
                f"Received: {self._network.name!r}{kind}"
            )

    def predict(self, lightness, hints):
        """Predicts the colour of a stack of pictures with hints, as `KerasRuntime.predict` does.

        What the network answers at the hints is brought to them (`settling`).

        Raises:
            ValueError: If the network takes no hints.
        """
        self.check()
        with self._lock:
            if self._opened is None:
                from colorkit.inference.keras_runtime import KerasRuntime

                self._opened = KerasRuntime(self._load(), *self._choices)
        return snap_hints(self._opened.predict(lightness, hints), hints)

    def with_style(self, network, model, precision, style):
        """Makes one for the same network in another style, sharing the companion's model."""
        return HintedRuntime(network, model, precision, style, self._load)


def _load_shipped():
    from colorkit.models.load import load_model

    return load_model("colorkit_hints")
