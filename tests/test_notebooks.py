"""The notebooks: made from their sources, without outputs, and run from top to bottom."""

import importlib.util
import os
import re
from pathlib import Path

import nbclient
import nbformat
import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
HELPERS = Path(__file__).parent / "helpers"
PARAMETERS = "parameters"

# The least that still goes through every cell; what is left out stays as the notebook has it.
TRAINING = {"CROPS_PER_PHOTO": 4, "IMAGE_SIZE": 32, "EPOCHS": 1, "STEPS_PER_EPOCH": 2}
TINY = {
    "01_dataset": {"SIZE": 64, "CROPS_PER_PHOTO": 6},
    "02_encoder_decoder": TRAINING,
    "03_vgg16": {**TRAINING, "WEIGHTS": None, "TIMED_EPOCHS": 1},
    "04_inception_v3": {**TRAINING, "WEIGHTS": None},
    "05_efficientnet_b0": {**TRAINING, "WEIGHTS": None},
    "06_results": {
        **TRAINING,
        "WEIGHTS": None,
        "LIMIT": 2,
        "NETWORKS": ["inception_v3"],
    },
    "07_colorize_your_photos": {"SLIDERS": 2},
    "08_export_and_serve": {"FORMATS": ["onnx"], "DTYPES": ["float16"], "REPEATS": 1},
    "09_related_work": {
        **TRAINING,
        "NETWORKS": ["zhang"],
        "BATCH_SIZE": 2,
        "ADVERSARIAL_EPOCHS": 1,
    },
}

# A few steps take less time than it takes to trace them.
EAGERLY = "import tensorflow\ntensorflow.config.run_functions_eagerly(True)"
# Those that take long to build, and are run whole by another: 06_results.
WITH_SMALL_BACKBONES = ("04_inception_v3", "05_efficientnet_b0")

_spec = importlib.util.spec_from_file_location("make_notebooks", FOLDER / "make.py")
make = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make)

NOTEBOOKS = {path.stem: path for path in sorted(FOLDER.glob("*.ipynb"))}


def read(name):
    return nbformat.read(NOTEBOOKS[name], as_version=4)


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
    assert "['git+https://github.com/a/b']" in install.source


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


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_figure_has_its_caption(name):
    code = "".join(cell.source for cell in read(name).cells if cell.cell_type == "code")
    captions = re.findall(r'"Figure (\d+|{number}): [^"]', code)
    assert captions and len(captions) == len(re.findall(r"\bshow_(?:picture|before_after)\(", code))
    numbers = [int(number) for number in captions if number != "{number}"]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebooks_run_from_top_to_bottom(name, tmp_path, monkeypatch):
    notebook = read(name)
    (place,) = parameter_cells(notebook)
    tiny = "\n".join(f"{key} = {value!r}" for key, value in TINY[name].items())
    if name in WITH_SMALL_BACKBONES:
        tiny += "\nimport small_backbones\nsmall_backbones.put_in_place()"
    if "EPOCHS" in TINY[name]:
        tiny += f"\n{EAGERLY}"
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(tiny))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    path = [str(FOLDER.parent), str(HELPERS), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
