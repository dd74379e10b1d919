"""Makes the classes that saved models hold known to Keras, without importing Keras.

Keras finds a class by the name under which its module registers it, once that module is imported.
So that `import colorkit` suffices for `keras.models.load_model`, a stand-in for each class is
registered as soon as Keras is imported; asked to make an object, it imports the module and has it
made by the class itself, which has taken its place by then.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec

PACKAGE = "colorkit"
"""The package in the registered names: Keras knows `Psnr` as `colorkit>Psnr`."""

CLASSES = {
    "colorkit.export.gathered_upsampling": ("GatheredUpSampling2D",),
    "colorkit.losses": (
        "ChromaMSE",
        "HueChromaDivergence",
        "NeighborCrossEntropy",
        "NormalizedChromaLoss",
        "RGBMSE",
        "RebalancedCrossEntropy",
    ),
    "colorkit.metrics.ab_error": ("AbErrorAuc", "RebalancedAbErrorAuc"),
    "colorkit.metrics.channel_accuracy": ("ChannelAccuracy",),
    "colorkit.metrics.color_difference": ("Ciede2000",),
    "colorkit.metrics.colorfulness_measure": (
        "Colorfulness",
        "ColorfulnessBias",
        "ColorfulnessError",
    ),
    "colorkit.metrics.noise_ratio": ("Psnr",),
    "colorkit.metrics.structure": ("Ssim",),
    "colorkit.models.colorkit_base": ("BranchScale",),
    "colorkit.models.colorkit_hints": ("PoolHints",),
    "colorkit.models.larsson": ("HueChromaEstimate",),
    "colorkit.models.layers.annealed_mean": ("AnnealedMean",),
    "colorkit.models.layers.common": (
        "BilinearUpSampling2D",
        "FrozenModel",
        "RepeatOverGrid",
        "ResizeToSquare",
        "ScaleLightness",
    ),
    "colorkit.models.layers.hint_attention": ("HintAttention",),
    "colorkit.models.layers.hint_reach": ("BlendLogits", "ChooseLogits", "HintReach"),
    "colorkit.models.layers.hypercolumns": ("HypercolumnHistograms",),
    "colorkit.models.layers.palette": ("TowardsPalette",),
    "colorkit.models.patch_discriminator": ("SpectralConv2D",),
    "colorkit.training.adversarial.losses": ("ContentLoss",),
    "colorkit.training.build": ("TrapezoidalRate",),
}
"""The registered classes, by module."""


def announce_classes() -> None:
    """Registers the stand-ins: at once where Keras is imported already, or else when it is."""
    if "keras" in sys.modules:
        _register()
    else:
        sys.meta_path.insert(0, _KerasFinder())


class _KerasFinder:
    """Finds Keras as the other finders do, and registers the stand-ins once it is imported."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "keras":
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        found = (finder.find_spec(name, path, target) for finder in others)
        spec = next(filter(None, found), None)
        if spec is not None and spec.loader is not None:
            self._add_registration(spec.loader)
        return spec

    def _add_registration(self, loader: Loader) -> None:
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            _register()
            sys.meta_path.remove(self)

        # Only on this one loader: its class must stay as it is.
        loader.exec_module = exec_module  # type: ignore[method-assign]


def _register() -> None:
    known = sys.modules["keras"].saving.get_custom_objects()
    for module, names in CLASSES.items():
        for name in names:
            known.setdefault(f"{PACKAGE}>{name}", _stand_in(module, name))


def _stand_in(module: str, name: str) -> type:
    def from_config(config: dict[str, Any]) -> object:
        return getattr(importlib.import_module(module), name).from_config(config)

    return type(name, (), {"from_config": staticmethod(from_config)})
