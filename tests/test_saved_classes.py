"""Files of colorkit's models, opened by Keras alone."""

import ast
import importlib.machinery
import subprocess
import sys
from pathlib import Path

import keras
import pytest

import colorkit
from colorkit.losses import ChromaMSE
from colorkit.metrics import Psnr
from colorkit.models.layers.common import BilinearUpSampling2D, ScaleLightness
from colorkit.saved_classes import CLASSES, PACKAGE, _KerasFinder
from colorkit.training.build import TrapezoidalRate


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A model with layers, loss, metric and schedule of colorkit's, compiled."""
    lightness = keras.Input((None, None, 1))
    x = ScaleLightness(1 / 100, size_multiple=2)(lightness)
    x = keras.layers.Conv2D(2, 3, strides=2, padding="same", activation="tanh")(x)
    model = keras.Model(lightness, BilinearUpSampling2D()(x), name="small")
    model.compile(keras.optimizers.SGD(TrapezoidalRate(0.1, 1, 9, 2)), ChromaMSE(), [Psnr()])
    path = tmp_path_factory.mktemp("saved") / "small.keras"
    model.save(path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    "imports",
    [
        "import colorkit, keras",
        "import keras, colorkit",
        "import colorkit; colorkit.rgb_to_lab; import keras",
        "import importlib.util, colorkit; importlib.util.find_spec('keras'); import keras",
    ],
)
def test_keras_loads_it_after_import_colorkit(saved, imports):
    script = f"{imports}; model = keras.models.load_model({str(saved)!r}); " + (
        "print(*(type(layer).__module__ for layer in model.layers), type(model.loss).__module__, "
        "type(model.optimizer._learning_rate).__module__, colorkit.load_model.__module__)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    names = done.stdout.split()
    assert names[1] == names[3] == "colorkit.models.layers.common", "the classes themselves"
    assert names[4:6] == ["colorkit.losses", "colorkit.training.build"]


def test_a_folder_named_keras_is_left_to_python(tmp_path, monkeypatch):
    """Where Keras is not installed; a folder without `__init__.py` has no loader."""
    (tmp_path / "keras").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setattr(sys, "meta_path", [importlib.machinery.PathFinder])
    spec = _KerasFinder().find_spec("keras")
    assert spec.loader is None and list(spec.submodule_search_locations)


def test_every_registered_class_is_listed():
    package = Path(colorkit.__file__).parent
    found = {}
    for path in sorted(package.rglob("*.py")):
        names = sorted(
            node.name
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.ClassDef)
            and any(
                "register_keras_serializable" in ast.unparse(each) for each in node.decorator_list
            )
        )
        if names:
            module = ".".join((PACKAGE, *path.relative_to(package).with_suffix("").parts))
            found[module] = tuple(names)
    assert {module: tuple(sorted(names)) for module, names in CLASSES.items()} == found
