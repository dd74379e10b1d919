"""The notebooks: made from their sources, without outputs, and run from top to bottom."""

import importlib.metadata
import importlib.util
import math
import os
import re
import types
from pathlib import Path
from unittest import mock

import nbclient
import nbformat
import pytest
import small_models
from drawn_photos import draw_photo, save_photo
from IPython.core.inputtransformer2 import TransformerManager
from made_notebooks import FOLDER, NOTEBOOKS, read

from colorkit.batch.hint_files import assign_hints
from colorkit.batch.plan import plan_outputs, plan_samples
from colorkit.data import sample_crops
from colorkit.data.build import build_dataset
from colorkit.training.recipes.recipes import get_recipe

PARAMETERS = "parameters"

# The least that still goes through every cell; what is left out stays as the notebook has it.
TRAINING = {"CROPS_PER_PHOTO": 4, "IMAGE_SIZE": 32, "EPOCHS": 1, "STEPS_PER_EPOCH": 2}
TINY = {
    "01_dataset": {"SIZE": 64, "CROPS_PER_PHOTO": 6},
    "02_encoder_decoder": TRAINING,
    "03_vgg16": {**TRAINING, "WEIGHTS": None, "TIMED_EPOCHS": 1, "HAND_EPOCHS": 1},
    "04_inception_v3": {**TRAINING, "WEIGHTS": None},
    "05_efficientnet_b0": {**TRAINING, "WEIGHTS": None},
    "06_results": {
        **TRAINING,
        "WEIGHTS": None,
        "LIMIT": 2,
        "MODELS": ["inception_v3"],
    },
    "07_colorize_your_photos": {"SLIDERS": 2},
    "08_export_and_serve": {"FORMATS": ["onnx"], "DTYPES": ["float16"], "REPEATS": 1},
    "09_related_work": {
        **TRAINING,
        "MODELS": ["zhang"],
        "BATCH_SIZE": 2,
        "ADVERSARIAL_EPOCHS": 1,
    },
    "10_control": {"SIDE": 128, "VARIANTS": 2},
}

IN_A_KERNEL = "07_colorize_your_photos"

# Others have small models of the same kinds: those themselves are what tests/models is about.
WITH_THE_DEFAULT_MODEL = ("01_dataset", IN_A_KERNEL)

_spec = importlib.util.spec_from_file_location("make_notebooks", FOLDER / "make.py")
make = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make)


def parameter_cells(notebook):
    cells = notebook.cells
    return [n for n, cell in enumerate(cells) if PARAMETERS in cell.metadata.get("tags", [])]


def test_every_source_has_its_notebook():
    assert set(NOTEBOOKS) == {source.stem for source in make.list_sources()} == set(TINY)


@pytest.mark.parametrize("source", make.list_sources(), ids=lambda source: source.stem)
def test_notebooks_are_made_of_their_sources_without_outputs(source):
    made = make.make_notebook(source, make.read_url())
    assert NOTEBOOKS[source.stem].read_text(encoding="utf-8") == made, "run notebooks/make.py"
    for cell in nbformat.reads(made, as_version=4).cells:
        assert cell.cell_type == "markdown" or not (cell.outputs or cell.execution_count)


def test_a_repository_is_linked_and_installed_where_setup_cfg_names_one():
    source = make.list_sources()[0]
    badge, _, install = nbformat.reads(
        make.make_notebook(source, "https://github.com/a/b"), as_version=4
    ).cells[:3]
    assert (
        f"(https://colab.research.google.com/github/a/b/blob/main/notebooks/{source.stem}.ipynb)"
        in badge.source
    )
    assert "%pip install --quiet git+https://github.com/a/b\n" in install.source
    without = nbformat.reads(make.make_notebook(source, ""), as_version=4)
    assert "colab.research" not in "".join(cell.source for cell in without.cells)


def test_only_github_has_a_badge():
    source = make.list_sources()[0]
    text = make.make_notebook(source, "https://gitlab.com/a/b")
    assert "colab.research" not in text and "git+https://gitlab.com/a/b" in text


@pytest.mark.parametrize("url", ["https://github.com/a/b", "https://github.com/a/b.git/", ""])
def test_the_address_of_setup_cfg(tmp_path, monkeypatch, url):
    (tmp_path / "setup.cfg").write_text(f"[metadata]\nurl = {url}\n", encoding="utf-8")
    monkeypatch.setattr(make, "FOLDER", tmp_path / "notebooks")
    assert make.read_url() == ("https://github.com/a/b" if url else "")


def test_the_readme_lists_every_notebook_and_its_figure():
    links = re.findall(r"\]\(([^):]+)\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert {Path(link).stem for link in links if link.endswith(".ipynb")} == set(NOTEBOOKS)
    figures = [FOLDER / link for link in links if not link.endswith(".ipynb")]
    assert {figure.stem for figure in figures} == set(NOTEBOOKS)
    assert all(figure.stat().st_size < 200_000 for figure in figures)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_one_documented_parameter_cell_follows_the_installation(name):
    notebook = read(name)
    code = [n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    assert "%pip install" in notebook.cells[code[0]].source
    assert parameter_cells(notebook) == [code[1]]
    lines = notebook.cells[code[1]].source.splitlines()
    assert all("  # " in line for line in lines)
    assert set(TINY[name]) <= {line.split(" = ")[0] for line in lines}


@pytest.mark.parametrize(
    "name", [name for name in NOTEBOOKS if name[:2] in ("03", "04", "05", "06")]
)
def test_backbones_are_random_where_their_weights_cannot_be_downloaded(name, capsys):
    built = []

    def build(name=None, image_size=None, weights="imagenet"):
        built.append(weights)
        if weights is not None:
            raise ConnectionError("No download.")
        return mock.Mock()

    names = {
        "colorkit": types.SimpleNamespace(build_model=build, build_efficientnet_model=build),
        "IMAGE_SIZE": 64,
        "PHOTOS": "dataset",
        "WEIGHTS": "imagenet",
        "read_unseen_samples": dict,
    }
    (cell,) = (cell for cell in read(name).cells if "except ConnectionError" in cell.source)
    exec(cell.source, names)
    assert built[0] == "imagenet" and names["WEIGHTS"] is None
    assert "No download. Here the backbone" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("has_scikit_learn", [True, False])
def test_notebook_02_states_its_number_of_steps(has_scikit_learn, tmp_path, monkeypatch):
    if has_scikit_learn:
        pytest.importorskip("sklearn")
    samples = {
        split: [each for each in photos if has_scikit_learn or each[0] != "sklearn"]
        for split, photos in sample_crops.SPLIT_SAMPLES.items()
    }
    monkeypatch.setattr(sample_crops, "SPLIT_SAMPLES", samples)
    monkeypatch.chdir(tmp_path)
    notebook = read("02_encoder_decoder")
    (parameters,) = parameter_cells(notebook)
    names = {"write_sample_crops": sample_crops.write_sample_crops, "build_dataset": build_dataset}
    names["read_unseen_samples"] = dict
    (data,) = (cell for cell in notebook.cells if "write_sample_crops(" in cell.source)
    for cell in (notebook.cells[parameters], data):
        exec(cell.source, names)
    photos = len(list(Path("dataset", "train", "color").iterdir()))
    steps = math.ceil(photos / get_recipe("encoder_decoder").batch_size) * names["EPOCHS"]
    text = " ".join(notebook.cells[0].source.split())
    stated = f"{steps} training steps" if has_scikit_learn else f"{steps} where scikit-learn is not"
    assert stated in text


def test_exports_are_installed_beside_the_protobuf_that_is_loaded(monkeypatch):
    (cell,) = (cell for cell in read("08_export_and_serve").cells if "missing = [" in cell.source)
    shell = mock.Mock()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr("importlib.util.find_spec", {"onnxruntime": "found"}.get)
    exec(cell.source, {})
    shell.run_line_magic.assert_called_once_with(
        "pip",
        "install --quiet onnx tf2onnx ai-edge-litert "
        f"protobuf=={importlib.metadata.version('protobuf')}",
    )


@pytest.fixture
def find_uploads(monkeypatch, tmp_path):
    """A function that runs the cell of 07 that finds photographs, on an imitated Colab."""
    monkeypatch.chdir(tmp_path)
    (cell,) = (
        cell for cell in read("07_colorize_your_photos").cells if "files.upload" in cell.source
    )

    def run(uploaded, **parameters):
        names = {
            "DRIVE": False,
            "PHOTOS": None,
            "OUT": "colored",
            "HINTS": {},
            "files": mock.Mock(upload=lambda: dict.fromkeys(uploaded)),
            "plan_outputs": plan_outputs,
            "plan_samples": plan_samples,
            "assign_hints": assign_hints,
            **parameters,
        }
        exec(cell.source, names)
        return names["planned"]

    return run


def test_uploads_get_a_name_and_their_hints(find_uploads, capsys):
    for name in ("a.png", "b.jpg"):
        save_photo(Path(name), draw_photo(0))
    Path("c.mp4").write_bytes(b"")
    hint = (3, 4, "#c02020")
    a, b = find_uploads(["a.png", "b.jpg", "c.mp4"], HINTS={"b.jpg": [hint]})
    assert [str(each.output) for each in (a, b)] == ["colored/a_color.png", "colored/b_color.jpg"]
    assert (a.hints, b.hints) == ((), (hint,))
    assert "2 photographs.\nc.mp4: a video, for `colorkit colorize`" in capsys.readouterr().out


def test_an_empty_upload_is_answered_in_words(find_uploads, capsys):
    planned = find_uploads([])
    assert "Nothing was uploaded: here are sample photographs." in capsys.readouterr().out
    assert "colored/astronaut_color.png" in {each.output.as_posix() for each in planned}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_figure_has_its_caption(name):
    code = "".join(cell.source for cell in read(name).cells if cell.cell_type == "code")
    captions = re.findall(r'"Figure (\d+|{number}): [^"]', code)
    assert captions and len(captions) == len(re.findall(r"\bshow_(?:picture|before_after)\(", code))
    numbers = [int(number) for number in captions if number != "{number}"]
    assert numbers == list(range(1, len(numbers) + 1))


def shrink(name):
    """Reads a notebook, with its smallest setting below its parameters."""
    notebook = read(name)
    (place,) = parameter_cells(notebook)
    tiny = "\n".join(f"{key} = {value!r}" for key, value in TINY[name].items())
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(tiny))
    return notebook


def run_cells(notebook, names):
    """Runs the code of a notebook in this process, which has imported TensorFlow already."""
    shell = TransformerManager()
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            exec(compile(shell.transform_cell(cell.source), f"<cell {number}>", "exec"), names)


@pytest.mark.slow
@pytest.mark.usefixtures("quick_curves", "quick_histogram", "two_verified_photos")
@pytest.mark.parametrize("name", [name for name in NOTEBOOKS if name != IN_A_KERNEL])
def test_notebooks_run_from_top_to_bottom(name, tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    if name in WITH_THE_DEFAULT_MODEL:
        request.getfixturevalue("default_model_opened_once")
    else:
        small_models.put_in_place(monkeypatch)
    if "EPOCHS" in TINY[name]:
        request.getfixturevalue("eagerly")  # A few steps take less time than to trace them.
    run_cells(shrink(name), {"__name__": "__main__"})


@pytest.mark.slow
def test_a_notebook_runs_from_top_to_bottom_in_a_kernel_as_on_colab(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    path = [str(FOLDER.parent), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    notebook = shrink(IN_A_KERNEL)
    nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    shown = [
        output.data["text/html"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type in ("display_data", "execute_result")
    ]
    sliders = TINY[IN_A_KERNEL]["SLIDERS"]
    kinds = ["<img", "<table", *["<input"] * sliders]
    assert all(kind in html for kind, html in zip(kinds, shown, strict=True))
