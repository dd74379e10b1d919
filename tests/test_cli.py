"""The command line: exit codes, messages, help, and that each command makes its one call."""

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import time
import types
import warnings
from pathlib import Path

import numpy as np
import pytest

import colorkit
from colorkit import cli
from colorkit.adversarial_recipes import ADVERSARIAL_RECIPES
from colorkit.architectures.annealed_mean import STYLES
from colorkit.commands import colorize, console, evaluate, models, options
from colorkit.devices.precision import TRAINING_PRECISIONS
from colorkit.evaluation.examples import RANKING_FIGURES
from colorkit.evaluation.protocols import PROTOCOLS
from colorkit.feeding.photo_source import SPLIT_SHARES
from colorkit.feeding.sample_photos import SAMPLE_PHOTOS
from colorkit.files.photo import FORMAT_OF_SUFFIX, Photo, PhotoError, PhotoWarning
from colorkit.files.reading import read_photo
from colorkit.files.writing import write_photo
from colorkit.recipes import RECIPES, Recipe
from colorkit.runs.training_error import TrainingError

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(colorkit.__file__).parents[1])}
COMMANDS = (
    "colorize",
    "demo",
    "train",
    "train-adversarially",
    "recipes",
    "evaluate",
    "export",
    "models",
    "dataset",
)


class StubColorizer:
    """Stands for `Colorizer`, without a network."""

    made = []

    def __init__(self, model, *, size, saturation, style, runtime):
        if model == "nonsense":
            raise ValueError("Expected a model. Received: 'nonsense'")
        self.made.append((model, size, style, saturation))

    def prepare(self, image, hints=None):
        return types.SimpleNamespace(image=image, network_shape=(256, 256))

    def predict(self, prepared):
        return [None] * len(prepared)

    def finish(self, prepared, colour):
        pixels = np.repeat(np.atleast_3d(prepared.image)[..., :1], 3, axis=-1)
        return types.SimpleNamespace(pixels=pixels, network_size=(256, 256), out_of_gamut=0)


@pytest.fixture
def colorizer(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(StubColorizer, "made", [])
    monkeypatch.setattr(console, "start_keras", lambda verbose: None)
    monkeypatch.setitem(
        sys.modules, "colorkit.colorizing", types.SimpleNamespace(Colorizer=StubColorizer)
    )
    return StubColorizer


@pytest.fixture
def album(colorizer):
    for name in ("album/a.png", "album/deep/b.jpg"):
        write_photo(name, Photo(np.full((4, 5), 99, "uint8")))
    return colorizer


def run(*argv):
    return cli.main([str(word) for word in argv])


def test_colorize_makes_a_result_for_each_photograph(album, capfd):
    assert run("colorize", "album", "-o", "out") == 0
    assert read_photo("out/a.png").pixels.shape == (4, 5, 3)
    assert read_photo("out/deep/b.jpg").file_format == "JPEG"
    printed = capfd.readouterr()
    assert printed.out.startswith("Coloured 2 photographs in ")
    assert printed.out.count("\n") == 1
    assert printed.err == ""
    assert album.made == [("default", None, None, 1.0)]


def test_a_terminal_sees_count_rate_and_time_left(album, capfd, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    Path("album/bad.png").write_bytes(b"")
    assert run("colorize", "album", "-o", "out") == 1
    printed = capfd.readouterr()
    shown = re.sub(r"\x1b\[[\d;?]*\w", "", printed.out)
    assert re.search(r"Colouring .* 3/3 \d+\.\d/s 0:00:00", shown)
    assert "the file is empty" in printed.err


def test_colorize_passes_its_options_on(album):
    options = ("--model", "m.keras", "--size", "320", "--style", "vivid", "--saturation", "1.5")
    assert run("colorize", "album", "-o", "out", *options, "--format", "TIF") == 0
    assert album.made == [("m.keras", 320, "vivid", 1.5)]
    assert read_photo("out/a.tif").file_format == "TIFF"
    assert Path("out/deep/b.tif").exists()


def test_a_second_run_skips_and_loads_no_network(album, capfd):
    run("colorize", "album", "-o", "out")
    capfd.readouterr()
    assert run("colorize", "album", "-o", "out") == 0
    assert "skipped 2 already made (--overwrite" in capfd.readouterr().out
    assert len(album.made) == 1
    assert run("colorize", "album", "-o", "out", "--overwrite") == 0
    assert "Coloured 2 photographs" in capfd.readouterr().out


def test_a_bad_file_is_reported_and_the_rest_goes_on(album, capfd):
    Path("album/bad.png").write_bytes(b"")
    assert run("colorize", "album", "nowhere", "-o", "out", "--report", "r.json") == 1
    printed = capfd.readouterr()
    assert "Coloured 2 photographs" in printed.out and "2 failed" in printed.out
    assert sorted(printed.err.splitlines()) == [
        "colorkit: Cannot find nowhere: there is no such file or folder. Check the path.",
        "colorkit: Cannot read album/bad.png: the file is empty. Copy it again from its source.",
    ]
    report = json.loads(Path("r.json").read_text())
    assert report["complete"] is True
    assert report["totals"]["made"] == 2 and report["totals"]["failed"] == 2
    assert report["settings"] == {
        "model": "default",
        "runtime": None,
        "size": None,
        "style": None,
        "saturation": 1.0,
        "format": None,
    }


def test_colorize_samples(colorizer):
    assert run("colorize", "--sample", "-o", "out") == 0
    names = {Path(name).stem for name in SAMPLE_PHOTOS}
    assert {path.name for path in Path("out").iterdir()} == {
        f"{name}_{kind}.png" for name in names for kind in ("gray", "color")
    }


def test_what_a_photograph_loses_is_said_in_a_line(album, capfd):
    write_photo("deep.png", Photo(np.full((4, 5), 40_000, "uint16")))
    assert run("colorize", "deep.png", "-o", "flat.jpg") == 0
    error = capfd.readouterr().err
    assert (
        error.startswith("colorkit: warning: ") and "flat.jpg" in error and error.count("\n") == 1
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "arguments are required: COMMAND"),
        (("paint",), "invalid choice: 'paint'"),
        (("colorize", "album"), "arguments are required: -o/--out"),
        (("colorize", "-o", "out"), "expected either photographs (INPUT) or --sample"),
        (("colorize", "album", "--sample", "-o", "out"), "expected either photographs (INPUT) or"),
        (("colorize", "nowhere", "-o", "out"), "error: Cannot find nowhere: there is no such file"),
        (("colorize", "album", "-o", "album"), "another folder than the photographs'"),
        (("colorize", "album", "-o", "x.png"), "a folder, since there are 2 photographs"),
        (("colorize", "album", "-o", "o", "--size", "0"), "whole number above 0. Received: 0"),
        (("colorize", "album", "-o", "o", "--saturation", "nan"), "0 or more. Received: nan"),
        (("colorize", "album", "-o", "o", "--format", "gif"), "invalid choice: 'gif'"),
        (("colorize", "album", "-o", "o", "--model", "nonsense"), "Received: 'nonsense'"),
        (("train", "vgg19", "--photos", "p", "--out", "r"), "invalid choice: 'vgg19'"),
        (("train", "vgg16", "--photos", "p", "--out", "r", "--epochs", "x"), "Received: x"),
        (("evaluate", "default"), "arguments are required: --photos"),
    ],
)
def test_wrong_use_exits_with_2_and_a_reason(album, capfd, words, message):
    assert run(*words) == 2
    error = capfd.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_verbose_shows_where_an_error_came_from(album, capfd):
    assert run("--verbose", "colorize", "album", "-o", "o", "--model", "nonsense") == 2
    error = capfd.readouterr().err
    assert "Traceback" in error
    assert error.endswith("colorkit: error: Expected a model. Received: 'nonsense'\n")
    assert run("colorize", "album", "-o", "o", "--model", "nonsense", "--verbose") == 2
    assert "Traceback" in capfd.readouterr().err


def test_a_report_that_cannot_be_written_is_told_before_the_work(album, capfd):
    assert run("colorize", "album", "-o", "out", "--report", "album") == 1
    assert "album" in capfd.readouterr().err
    assert not Path("out").exists()


def test_ctrl_c_exits_with_130_and_keeps_the_report(album, capfd, monkeypatch):
    def interrupt(self, prepared):
        raise KeyboardInterrupt

    monkeypatch.setattr(album, "predict", interrupt)
    assert run("colorize", "album", "-o", "out", "--report", "r.json") == 130
    printed = capfd.readouterr()
    assert printed.err == "colorkit: stopped. The same command goes on from here.\n"
    assert "Coloured 0 photographs" in printed.out
    assert json.loads(Path("r.json").read_text())["complete"] is False


def test_warnings_and_log_are_left_as_they_were(album):
    before = warnings.showwarning, list(warnings.filters)
    run("colorize", "album", "-o", "out")
    assert (warnings.showwarning, list(warnings.filters)) == before
    with pytest.warns(PhotoWarning):
        write_photo("a.jpg", Photo(np.zeros((2, 2), "uint16")))


@pytest.fixture
def calls(monkeypatch, colorizer):
    """Stands for training and evaluation, and remembers how they were called."""
    calls = []

    def train_model(*args, **kwargs):
        calls.append((args, kwargs))
        if args[1] == "nowhere":
            raise PhotoError("nowhere: expected a folder")

    class Evaluation:
        photos, unreadable, model_names = (1, 2, 3), {"bad.png": "why"}, ("m.keras",)

        def columns(self):
            return ("Figure", "m.keras", "Gray picture", "Truth")

        def rows(self):
            return [("PSNR (dB)", "25.00 (+1.00)", "24.00", "")]

        def notes(self):
            return ["1 photograph left out."]

        def to_json(self):
            return '{"psnr": 25.0}'

        def to_csv(self):
            return "photo,psnr\na.png,25.0\n"

    def evaluate_models(*args, on_progress, **kwargs):
        calls.append((args, kwargs))
        on_progress(1, 3)
        return Evaluation()

    stubs = {
        "training": {"train_model": train_model},
        "adversarial_training": {"train_adversarially": train_model},
        "evaluating": {"evaluate_models": evaluate_models},
        "evaluation.html_report": {"render_report": lambda evaluation: "<html>"},
    }
    for name, content in stubs.items():
        stub = types.SimpleNamespace(**content)
        monkeypatch.setitem(sys.modules, f"colorkit.{name}", stub)
    return calls


def test_train_gives_only_what_was_said(calls, capfd):
    always = {"seed": 0, "precision": "auto", "strategy": "none", "features": None}
    assert run("train", "vgg16", "--photos", "p", "--out", "r") == 0
    assert calls.pop() == (("vgg16", "p", "r"), always)
    assert "r/model.keras" in capfd.readouterr().out
    words = ("--epochs", 3, "--batch-size", 4, "--image-size", 64, "--weights", "none", "--seed", 7)
    assert run("train", "default", "--photos", "p.tar", "--out", "r", *words) == 0
    changes = {"epochs": 3, "batch_size": 4, "image_size": 64, "weights": None, "seed": 7}
    assert calls.pop() == (("default", "p.tar", "r"), {**always, **changes})
    assert run("train", "vgg16", "--photos", "p", "--out", "r", "--weights", "imagenet") == 0
    assert calls.pop()[1] == {**always, "weights": "imagenet"}
    assert run("train", "vgg16", "--photos", "p", "--out", "r", "--features", "f") == 0
    assert calls.pop()[1] == {**always, "features": "f"}


def test_train_changes_any_field_of_a_recipe(calls, capfd):
    words = ("train", "vgg16", "--photos", "p", "--out", "r", "--precision", "float32")
    assert run(*words, "--set", "learning_rate=3e-4", "--set", "augmentation.blur=0") == 0
    found = calls.pop()[1]
    assert (found["learning_rate"], found["precision"]) == (3e-4, "float32")
    assert found["augmentation"].blur == 0 and found["augmentation"].rotation > 0
    capfd.readouterr()
    assert run(*words, "--set", "learn_rate=1") == 2
    printed = capfd.readouterr().err
    assert "no field 'learn_rate'. Did you mean 'learning_rate'?" in printed and not calls


def test_train_adversarially_gives_only_what_was_said(calls, capfd):
    words = ("train-adversarially", "default", "--photos", "p", "--out", "r")
    assert run(*words) == 0
    assert calls.pop() == (("default", "p", "r", "hinge"), {"seed": 0, "precision": "auto"})
    assert "r/model.keras" in capfd.readouterr().out
    settings = ("--set", "r1_weight=2", "--set", "spectral_normalization=False")
    assert run(*words, "--recipe", "least_squares", "--epochs", 3, *settings) == 0
    found = calls.pop()
    assert found[0][3] == "least_squares"
    assert found[1] == {
        "seed": 0, "precision": "auto", "epochs": 3, "r1_weight": 2.0,
        "spectral_normalization": False,
    }  # fmt: skip
    capfd.readouterr()
    assert run(*words, "--set", "spectral_normalization=maybe") == 2
    assert "must be true or false. Received: maybe" in capfd.readouterr().err
    assert run(*words, "--set", "loss=MSE") == 2
    assert "no field 'loss'" in capfd.readouterr().err and not calls


def test_a_training_that_cannot_go_on_fails(monkeypatch, calls, capfd):
    def train_model(*_, **__):
        raise TrainingError("The loss became nan")

    monkeypatch.setattr(sys.modules["colorkit.training"], "train_model", train_model)
    assert run("train", "vgg16", "--photos", "p", "--out", "r") == 1
    assert capfd.readouterr().err == "colorkit: error: The loss became nan\n"


def test_recipes_are_listed_and_printed_in_full(capfd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    assert run("recipes") == 0
    printed = capfd.readouterr().out
    assert all(f" {name} " in printed for name in (*RECIPES, *ADVERSARIAL_RECIPES))
    assert re.search(r" inception_v3 +256 x 256, ChromaMSE, rmsprop, constant", printed)
    assert "batch 10, 500 epochs of 10 steps" in " ".join(printed.split())
    assert run("recipes", "efficientnet_b0_modern") == 0
    printed = capfd.readouterr().out
    fields = {field.name for field in dataclasses.fields(Recipe)} - {"augmentation"}
    assert fields <= {line.split()[0] for line in printed.splitlines() if line.strip()}
    assert re.search(r" augmentation.rotation +0.5 ", printed)
    assert re.search(r" max_photos +100 ", printed)
    assert run("recipes", "least_squares") == 0
    assert re.search(r" r1_weight +10.0 ", capfd.readouterr().out)
    assert run("recipes", "vgg61") == 2
    assert "one of the recipes" in capfd.readouterr().err


def test_train_without_photographs_is_wrong_use(calls, capfd):
    assert run("train", "vgg16", "--photos", "nowhere", "--out", "r") == 2
    assert capfd.readouterr().err == "colorkit: error: nowhere: expected a folder\n"


def test_evaluate_prints_a_table_and_writes_what_is_asked_for(calls, capfd):
    words = ("--split", "test", "--limit", 5, "--seed", 3, "--json", "f.json", "--size", 128)
    more = ("--csv", "f.csv", "--html", "report", "--protocol", "crop256", "--rank-by", "ssim")
    assert run("evaluate", "m.keras", "--photos", "p", *words, *more) == 0
    (models, photos), options = calls.pop()
    assert [*models] == ["m.keras"] and isinstance(models["m.keras"], StubColorizer)
    assert StubColorizer.made == [("m.keras", 128, None, 1.0)]
    assert photos == "p"
    assert options == {
        "split": "test",
        "split_seed": 3,
        "limit": 5,
        "protocol": "crop256",
        "perceptual": True,
        "examples": evaluate.EXAMPLES,
        "rank_by": "ssim",
        "settings": {"size": 128, "style": "default", "saturation": 1.0},
    }
    printed = capfd.readouterr().out
    assert "m.keras on 3 photographs, crop256" in printed
    for text in ("Gray picture", "PSNR (dB)", "25.00 (+1.00)", "24.00", "1 photograph left out."):
        assert text in printed
    assert json.loads(Path("f.json").read_text()) == {"psnr": 25.0}
    assert Path("f.csv").read_bytes() == b"photo,psnr\na.png,25.0\n"
    assert Path("report/index.html").read_text() == "<html>"


def test_evaluate_takes_several_models_and_a_page_by_name(calls):
    words = ("--photos", "p", "--html", "page.HTML", "--no-perceptual")
    assert run("evaluate", "default", "m.keras", *words) == 0
    (models, _), options = calls.pop()
    assert [*models] == ["default", "m.keras"]
    assert options["split"] is None and options["perceptual"] is False
    assert Path("page.HTML").is_file()
    run("evaluate", "default", "--photos", "p")
    assert calls.pop()[1]["examples"] == 0


def test_models_prints_each_network_with_its_parameters(monkeypatch, capfd):
    entry = {"description": "A network", "input": "L", "output": "ab"}
    counts = {"trainable_parameters": 1234, "frozen_parameters": 14714688}

    def describe(name):
        return types.SimpleNamespace(name=name, **entry, **counts)

    catalog = types.SimpleNamespace(MODELS={"vgg16": 0, "default": 0}, describe=describe)
    monkeypatch.setattr(models, "start_keras", lambda verbose: None)
    monkeypatch.setitem(sys.modules, "colorkit.architectures.catalog", catalog)
    monkeypatch.setenv("COLUMNS", "120")
    assert run("models") == 0
    printed = capfd.readouterr().out
    for text in ("vgg16", "default", "1,234", "14,714,688", "14,715,922"):
        assert text in printed


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command(command, capfd):
    assert run(command, "--help") == 0
    printed = capfd.readouterr().out
    assert f"usage: colorkit {command}" in printed
    assert f"examples:\n  colorkit {command}" in printed
    parser = cli.build_parser()._subparsers._group_actions[0].choices[command]
    assert all(action.help for action in parser._actions)
    for line in printed.split("examples:\n")[1].splitlines():
        assert cli.build_parser().parse_args(line.split()[1:]).command == command


def test_choices_are_the_library_s():
    assert {f".{name}" for name in colorize.FORMAT_NAMES} <= set(FORMAT_OF_SUFFIX)
    assert (*SPLIT_SHARES, "all") == evaluate.SPLIT_NAMES
    assert tuple(PROTOCOLS) == evaluate.PROTOCOL_NAMES
    assert RANKING_FIGURES == evaluate.RANKING_FIGURES
    assert tuple(STYLES) == options.STYLE_NAMES
    assert set(options.PRECISIONS) == set(TRAINING_PRECISIONS)
    for recipe in RECIPES:
        words = ["train", recipe, "--photos", "p", "--out", "r"]
        assert cli.build_parser().parse_args(words).recipe == recipe


def test_main_help_names_every_command(capfd):
    assert run("--help") == 0
    printed = capfd.readouterr().out
    assert all(re.search(rf"\n    {command}\s", printed) for command in COMMANDS)


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["colorize", "--help"]])
def test_version_and_help_load_no_network_library(words):
    script = (
        "import sys; from colorkit.cli import main; code = main(sys.argv[1:]);"
        "heavy = {'keras', 'tensorflow', 'jax', 'cv2', 'numpy'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words], env=ENVIRONMENT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_module_runs_as_the_command():
    words = [sys.executable, "-m", "colorkit", "--version"]
    done = subprocess.run(words, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout == f"colorkit {colorkit.__version__}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_in_a_real_process_leaves_no_half_file(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (300, 400), "uint8")
    for number in range(40):
        write_photo(tmp_path / "album" / f"{number:02d}.png", Photo(noise))
    script = (
        "import sys, time, types; from colorkit import cli; from colorkit.commands import console\n"
        "sys.path.insert(0, sys.argv[1]); import test_cli\n"
        "class Slow(test_cli.StubColorizer):\n"
        "    def predict(self, prepared):\n"
        "        time.sleep(0.2); return super().predict(prepared)\n"
        "console.start_keras = lambda verbose: None\n"
        "sys.modules['colorkit.colorizing'] = types.SimpleNamespace(Colorizer=Slow)\n"
        "sys.exit(cli.main(sys.argv[2:]))"
    )
    words = [os.path.dirname(__file__), "colorize", "album", "-o", "out"]
    process = subprocess.Popen(
        [sys.executable, "-c", script, *words],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs, such as a test run may be, ignore the signal and hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    out = tmp_path / "out"
    deadline = time.monotonic() + 60
    while not (out.exists() and any(out.glob("*.png"))):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    # Before it stand TensorFlow's messages, since the stub's module loads it aloud.
    assert error.endswith("\ncolorkit: stopped. The same command goes on from here.\n")
    assert "Traceback" not in error
    made = sorted(out.iterdir())
    assert 0 < len(made) < 40
    assert all(read_photo(path).pixels.shape == (300, 400, 3) for path in made)
