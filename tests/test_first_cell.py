"""The notebooks' first cell, run as Colab runs it: it finds, or installs, a copy of colorkit."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from made_notebooks import FOLDER, NOTEBOOKS, read

# Colab's kernel before the first cell: nothing of colorkit on the path but the working directory
# and what the test puts there, and pip, for which the end of the path stands here.
BARE_KERNEL = """
import pathlib, shlex, sys, unittest.mock
sys.modules["keras"] = unittest.mock.Mock()  # Takes longer to start than all the rest.
sys.meta_path[:] = [each for each in sys.meta_path if "editable" not in repr(each)]
cell, packages, *kept = sys.argv[1:]
sys.path[:] = [
    each for each in sys.path
    if each in ("", *kept) or not list(pathlib.Path(each).glob("colorkit*"))
] + [packages]
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
def pip(line):
    print("pip", line)
    sys.path.append(str(pathlib.Path(shlex.split(line)[-1]).resolve()))
shell.register_magic_function(pip, "line", "pip")
result = shell.run_cell(pathlib.Path(cell).read_text())
if result.success:
    import colorkit
    print("found", pathlib.Path(colorkit.__file__).parents[1])
"""
COLAB_DRIVE = """
import pathlib
def mount(path):
    print("mount", path)
    pathlib.Path(path, "MyDrive").mkdir(parents=True)
    pathlib.Path(path, "MyDrive/colorkit").symlink_to({repository!r})
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A folder with all installed packages but colorkit."""
    folder = tmp_path_factory.mktemp("packages")
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if "colorkit" not in package.name and package.suffix != ".pth":
            (folder / package.name).symlink_to(package)
    return folder


@pytest.fixture
def run_first_cell(tmp_path, packages):
    """A function that runs the first cell in a bare kernel, in a folder of its own."""

    def run(*path, folder=tmp_path):
        cell = tmp_path / "first_cell"
        cell.write_text(first_cell("01_dataset"), encoding="utf-8")
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        if path:
            kept["PYTHONPATH"] = os.pathsep.join(map(str, path))
        kernel = [sys.executable, "-c", BARE_KERNEL, cell, packages, *path]
        done = subprocess.run(kernel, cwd=folder, env=kept, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def first_cell(name):
    return next(cell.source for cell in read(name).cells if cell.cell_type == "code")


def test_all_first_cells_are_the_same():
    assert len(set(map(first_cell, NOTEBOOKS))) == 1


def test_the_first_cell_installs_a_copy_beside_the_notebook(run_first_cell, tmp_path):
    copy = tmp_path / "colorkit"
    copy.symlink_to(FOLDER.parent)
    printed = run_first_cell()
    # By its path: pip takes a bare name for that of a distribution, another project's.
    assert f'pip install --quiet "{copy}"\n' in printed
    assert f"found {FOLDER.parent}" in printed


def test_the_first_cell_installs_the_copy_that_it_runs_in(run_first_cell, tmp_path):
    """Python imports colorkit from there, but not the packages that it needs."""
    copy = tmp_path / "my copy"
    copy.mkdir()
    (copy / "colorkit").symlink_to(FOLDER.parent / "colorkit")
    metadata = copy / "colorkit_keras.egg-info"  # which `pip install .` leaves in a copy
    metadata.mkdir()
    (metadata / "PKG-INFO").write_text("Name: colorkit-keras\nVersion: 0.1.0\n", encoding="utf-8")
    assert f'pip install --quiet "{copy}"\n' in run_first_cell(folder=copy)
    (copy / "notebooks").mkdir()
    assert f'pip install --quiet "{copy}' in run_first_cell(folder=copy / "notebooks")


def test_the_first_cell_leaves_an_installed_colorkit_as_it_is(run_first_cell, tmp_path):
    site = tmp_path / "site"
    (site / "colorkit_keras-0.1.0.dist-info").mkdir(parents=True)
    metadata = site / "colorkit_keras-0.1.0.dist-info" / "METADATA"
    metadata.write_text("Name: colorkit-keras\nVersion: 0.1.0\n", encoding="utf-8")
    (site / "colorkit").symlink_to(FOLDER.parent / "colorkit")
    (tmp_path / "colorkit").symlink_to(FOLDER.parent)
    printed = run_first_cell(site)
    assert "pip install" not in printed and f"found {site}" in printed


def test_the_first_cell_says_how_to_get_a_copy(run_first_cell):
    printed = run_first_cell()
    assert "FileNotFoundError" in printed and "Expected a copy of colorkit's" in printed
    for word in ("git clone", "upload", "Google Drive"):
        assert word in printed
    assert "found /" not in printed


def test_the_first_cell_mounts_the_drive_before_it_looks_there(run_first_cell, tmp_path):
    colab = tmp_path / "modules" / "google" / "colab"
    colab.mkdir(parents=True)
    (colab / "__init__.py").touch()
    drive = COLAB_DRIVE.format(repository=str(FOLDER.parent))
    (colab / "drive.py").write_text(drive, encoding="utf-8")
    printed = run_first_cell(tmp_path / "modules")
    drive = tmp_path / "drive"
    assert f"mount {drive}" in printed
    assert f'pip install --quiet "{drive}/MyDrive/colorkit"\n' in printed
    assert f"found {FOLDER.parent}" in printed
