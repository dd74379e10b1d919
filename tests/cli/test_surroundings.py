"""Streams that are closed, full or missing change only what is printed; SIGTERM is Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from command_line import COLORIZE_SLOWLY, ENVIRONMENT

from colorkit.cli import entry
from colorkit.cli.main import main
from colorkit.io.photo import Photo
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo

pytestmark = pytest.mark.skipif(os.name != "posix", reason="The shell and signals of POSIX")


@pytest.mark.parametrize(
    "redirection",
    [">&-", "2>&-", "<&- >&- 2>&-", "| true", "> /dev/full", "2> /dev/full", "> /dev/full 2>&1"],
)
def test_streams_change_neither_results_nor_report(tmp_path, redirection):
    if "/dev/full" in redirection and not os.path.exists("/dev/full"):
        pytest.skip("a system without /dev/full")
    write_photo(tmp_path / "album" / "a.png", Photo(np.full((4, 5), 99, "uint8")))
    (tmp_path / "album" / "b.png").write_bytes(b"\x89PNG\r\n\x1a\nno picture")
    command = '"$0" -c "$1" 0 colorize album -o out --report r.json'
    subprocess.run(
        ["bash", "-c", f"({command}; echo $? > code) {redirection}", sys.executable,
         COLORIZE_SLOWLY],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
    )  # fmt: skip
    assert (tmp_path / "code").read_text() == "1\n"
    assert read_photo(tmp_path / "out" / "a.png").pixels.shape == (4, 5, 3)
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["complete"] and report["totals"]["made"] == report["totals"]["failed"] == 1


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_command_as_ctrl_c_does(tmp_path, name):
    for number in range(40):
        write_photo(tmp_path / "album" / f"{number:02d}.png", Photo(np.zeros((30, 40), "uint8")))
    process = subprocess.Popen(
        [sys.executable, "-c", COLORIZE_SLOWLY, "0.3", "colorize", "album", "-o", "out"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stderr=subprocess.PIPE,
        text=True,
    )
    out = tmp_path / "out"
    deadline = time.monotonic() + 60
    while not (out.exists() and any(out.glob("[!.]*.png"))):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(getattr(signal, name))
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert error == "colorkit: stopped. The same command resumes from here.\n"
    assert [path.name for path in out.glob(".*")] in ([], [".colorkit.jsonl"])


def test_a_signal_that_is_ignored_stays_ignored(tmp_path):
    script = (
        "import os, signal\n"
        "from colorkit.cli.surroundings import ended_as_by_ctrl_c\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "with ended_as_by_ctrl_c():\n"
        "    os.kill(os.getpid(), signal.SIGHUP)\n"
        "print('lives')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=ENVIRONMENT, capture_output=True, text=True
    )
    assert done.stdout == "lives\n"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_an_error_that_a_library_makes_of_a_signal_is_the_signals(monkeypatch, capfd, name):
    """As loading a compiled library does."""

    def run(options):
        try:
            os.kill(os.getpid(), getattr(signal, name))
            time.sleep(60)
        except KeyboardInterrupt:
            raise ImportError("cannot be loaded") from None

    monkeypatch.setattr("colorkit.cli.models.run", run)
    assert main(["models"]) == 130
    assert capfd.readouterr().err == "colorkit: stopped.\n"


def test_errors_without_a_signal_are_their_own(monkeypatch, capfd):
    def run(options):
        raise ImportError("cannot be loaded")

    monkeypatch.setattr("colorkit.cli.models.run", run)
    assert main(["models"]) == 1
    assert capfd.readouterr().err == "colorkit: error: cannot be loaded\n"


def test_memory_that_lacks_is_named_though_python_does_not(monkeypatch, capfd):
    def run(options):
        raise MemoryError

    monkeypatch.setattr("colorkit.cli.models.run", run)
    assert main(["models"]) == 1
    assert capfd.readouterr().err.startswith("colorkit: error: there is not enough memory. Close")


def test_ctrl_c_while_commands_are_imported_is_told_in_one_line(monkeypatch, capsys):
    class Interrupt:
        def find_spec(self, name, path=None, target=None):
            if name == "colorkit.cli.main":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "colorkit.cli.main")
    monkeypatch.setattr(sys, "meta_path", [Interrupt(), *sys.meta_path])
    assert entry.main() == 130
    assert capsys.readouterr().err == "colorkit: stopped.\n"
