"""What `import colorkit` offers."""

import inspect
import subprocess
import sys

import pytest

import colorkit

EXPORTS = {
    "ADVERSARIAL_RECIPES",
    "AdversarialRecipe",
    "Augmentation",
    "Colorizer",
    "Hint",
    "Photo",
    "PhotoError",
    "RECIPES",
    "Recipe",
    "build_colorkit_base_model",
    "build_demo",
    "build_discriminator",
    "build_efficientnet_model",
    "build_encoder_decoder_model",
    "build_colorkit_hints_model",
    "build_iizuka_model",
    "build_inception_model",
    "build_larsson_model",
    "build_vgg_model",
    "build_zhang_model",
    "colorize_video",
    "count_out_of_gamut",
    "evaluate_model",
    "evaluate_models",
    "export_model",
    "get_adversarial_recipe",
    "get_recipe",
    "lab_to_rgb",
    "launch_demo",
    "load_model",
    "load_photo_dataset",
    "read_photo",
    "rgb_to_lab",
    "train_adversarially",
    "train_model",
    "write_photo",
}
SUBMODULES = {
    "adversarial_recipes",
    "adversarial_training",
    "architectures",
    "augmentation",
    "color",
    "colorizing",
    "demonstrating",
    "evaluating",
    "exporting",
    "hints",
    "photo",
    "photo_dataset",
    "pretrained",
    "reading",
    "recipes",
    "training",
    "writing",
}


def test_exports():
    assert set(colorkit.__all__) - SUBMODULES == EXPORTS
    assert set(dir(colorkit)) >= EXPORTS


@pytest.mark.parametrize("name", sorted(EXPORTS))
def test_export_is_there_and_says_what_it_is(name):
    item = getattr(colorkit, name)
    assert item.__module__.startswith("colorkit.") if hasattr(item, "__module__") else item
    if inspect.isfunction(item) or inspect.isclass(item):
        assert len(inspect.getdoc(item).splitlines()[0]) > 20
    if inspect.isfunction(item):
        sections = inspect.getdoc(item)
        assert "Args:" in sections or not inspect.signature(item).parameters


def test_what_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="colorize_everything"):
        _ = colorkit.colorize_everything


def test_import_loads_nothing_heavy():
    script = (
        "import sys, colorkit; colorkit.__version__;"
        "heavy = {'keras', 'tensorflow', 'jax', 'cv2', 'numpy'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
