"""Finds the examples in colorkit's docstrings, and runs them for a reader who has photographs."""

import ast
import contextlib
import doctest
import importlib
import os
import shutil
import tempfile
import warnings
from pathlib import Path

import pytest
from eager_execution import run_eagerly

SOURCES = Path(__file__).parents[2] / "colorkit"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

WITH_SMALL_MODELS = {
    "colorkit.data.dataset.load_photo_dataset",
    "colorkit.evaluation.evaluator.evaluate_models",
    "colorkit.inference.colorizer.Colorizer",
    "colorkit.inference.colorizer.Colorizer.colorize",
    "colorkit.inference.opened_model.OpenedModel.from_preset",
    "colorkit.models.fusion.build_inception_model",
    "colorkit.models.iizuka.build_iizuka_model",
    "colorkit.models.larsson.build_larsson_model",
    "colorkit.models.vgg16.build_vgg_model",
    "colorkit.models.zhang.build_zhang_model",
    "colorkit.training.features.teacher_features.TeacherFeatures",
    "colorkit.visualization.comparison_grid.draw_comparison",
}
"""Examples that whole models would do nothing for but take longer."""


def find_examples():
    """Returns the docstrings that have examples, by the dotted name of what they tell of."""
    found = {}
    for path in sorted(SOURCES.rglob("*.py")):
        module = ".".join(path.relative_to(SOURCES.parent).with_suffix("").parts)
        found.update(_examples_in(ast.parse(path.read_text(encoding="utf-8")), module))
    return found


def _examples_in(node, name):
    if ">>> " in (text := ast.get_docstring(node) or ""):
        yield name, text
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            yield from _examples_in(child, f"{name}.{child.name}")


def run(names):
    """Runs the examples of `names`, each in a folder of its own; returns the faults by name."""
    import keras

    examples, given, wrong = find_examples(), given_names(), {}
    with tempfile.TemporaryDirectory() as files, run_eagerly():
        write_files(Path(files))
        for name in names:
            keras.utils.set_random_seed(0)
            with tempfile.TemporaryDirectory() as folder:
                shutil.copytree(files, folder, dirs_exist_ok=True)
                home = os.getcwd()
                os.chdir(folder)
                try:
                    with _models_for(name):
                        wrong[name] = _run(name, examples[name], given)
                finally:
                    os.chdir(home)
    return {name: why for name, why in wrong.items() if why}


def _run(name, docstring, given):
    module = importlib.import_module(_module_of(name))
    scope = {**vars(module), **given}
    test = doctest.DocTestParser().get_doctest(docstring, scope, name, None, None)
    printed = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        doctest.DocTestRunner(optionflags=FLAGS, verbose=False).run(test, out=printed.append)
    return "".join(printed)


@contextlib.contextmanager
def _models_for(name):
    """Puts small models in place where an example needs no others, and opens others once."""
    import small_models
    from opened_once import opened_once

    if name not in WITH_SMALL_MODELS:
        with opened_once():
            yield
        return
    with pytest.MonkeyPatch.context() as patch:
        small_models.put_in_place(patch)
        small_models.shrink_iizuka(patch)
        small_models.shrink_larsson(patch)
        small_models.put_teacher_in_place(patch)
        yield


def _module_of(name):
    while not (SOURCES.parent / name.replace(".", "/")).with_suffix(".py").is_file():
        name = name.rpartition(".")[0]
    return name


def given_names():
    """What the examples take for granted: packages, a photograph of 64 x 96 and its L, a and b."""
    import keras
    import numpy as np
    import skimage.color
    import skimage.data

    import colorkit

    photo = skimage.data.chelsea()[50:114, 100:196]
    lab = skimage.color.rgb2lab(photo).astype("float32")
    return {
        "colorkit": colorkit,
        "keras": keras,
        "np": np,
        "photo": photo,
        "gray": photo[..., 1],
        "lightness": lab[..., 0],
        "ab": lab[..., 1:],
    }


def write_files(folder):
    """Writes the files that the examples name."""
    import skimage.data
    from exported_models import small_model
    from PIL import Image

    photo = Image.fromarray(skimage.data.chelsea()[:96, 100:228])
    for name in ("album/1950/beach.jpg", "album/cat.jpg", "cat.jpg", "cat.tif", "more/cat.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        photo.save(folder / name)
    (folder / "album" / "@eaDir").mkdir()
    (folder / "album" / "list.pdf").write_bytes(b"%PDF-1.7\n")
    for name in ("grandmother.jpg", "grandmother.tif"):
        photo.convert("L").save(folder / name)
    (folder / "photos").mkdir()
    cats = Image.fromarray(skimage.data.chelsea())
    for number in range(10):
        left, top = 30 * number, 20 * number
        cats.crop((left, top, left + 128, top + 96)).save(folder / "photos" / f"{number}.jpg")
    (folder / "runs" / "first").mkdir(parents=True)
    small_model().save(folder / "runs" / "first" / "model.keras")
    photo.save(folder / "runs" / "first" / "curves.png")
