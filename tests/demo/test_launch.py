"""How the page is launched, and its queue; with a stub for the network."""

import os
import sys
import threading
import time
import types

import numpy as np
import pytest
from stub_colorizer import StubColorizer

from colorkit.cli.main import main
from colorkit.demo import model_pool
from colorkit.demo.launch import build_demo, launch_demo
from colorkit.demo.limits import Limits
from colorkit.io.photo import Photo
from colorkit.io.write import write_photo

SETTINGS = ("colorkit_base", "default", 1)


@pytest.fixture
def gradio(monkeypatch):
    gradio = pytest.importorskip("gradio", reason="the page needs Gradio")
    monkeypatch.setattr(model_pool, "Colorizer", StubColorizer)
    return gradio


@pytest.fixture
def launch(gradio):
    pages = []

    def launch(*arguments, **options):
        pages.append(launch_demo(*arguments, **options))
        return pages[-1]

    yield launch
    for page in pages:
        page.close(verbose=False)


@pytest.fixture
def photo(tmp_path):
    write_photo(tmp_path / "a.png", Photo(np.full((8, 9), 100, "uint8")))
    return str(tmp_path / "a.png")


def connect(page):
    import gradio_client

    client = gradio_client.Client(page.local_url, verbose=False)
    return client, gradio_client.handle_file


def test_only_this_machine_reaches_the_page_and_nothing_is_shared(launch):
    page = launch()
    assert page.server_name == "127.0.0.1"
    assert page.share_url is None and not page.share
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False" and not page.analytics_enabled
    assert not page.run_history and not page.enable_monitoring


def test_launch_hands_its_arguments_on(gradio, monkeypatch):
    said = {}
    monkeypatch.setattr(gradio.Blocks, "launch", lambda self, **options: said.update(options))
    limits = Limits(megabytes=3)
    launch_demo(["a.onnx"], limits=limits, host="0.0.0.0", port=81, share=True)
    told = ("server_name", "server_port", "share", "max_file_size")
    assert [said[name] for name in told] == ["0.0.0.0", 81, True, 3 << 20]


def test_networks_and_styles_are_those_at_hand(gradio):
    page = build_demo(["runs/one.keras", "two.onnx"])
    labels = {
        c.label: c for c in page.blocks.values() if isinstance(c, gradio.components.Component)
    }
    choices = [value for _, value in labels["Network"].choices]
    assert choices == ["colorkit_base", "one.keras", "two.onnx"] and labels["Network"].visible
    assert [value for _, value in labels["Style"].choices] == ["default", "faithful", "vivid"]
    assert labels["Style"].value == "default" and labels["Style"].visible
    assert labels["Saturation"].value == 1


def test_a_single_network_without_styles_offers_neither(gradio, monkeypatch):
    monkeypatch.setattr(StubColorizer, "styles", ())
    page = build_demo()
    labels = {
        c.label: c for c in page.blocks.values() if isinstance(c, gradio.components.Component)
    }
    assert not labels["Network"].visible and not labels["Style"].visible


@pytest.mark.slow
def test_who_comes_when_the_queue_is_full_is_told(launch, photo, monkeypatch):
    go_on = threading.Event()
    colorize = StubColorizer.colorize

    def wait(self, pixels, hints=None):
        go_on.wait(timeout=30)
        return colorize(self, pixels, hints)

    monkeypatch.setattr(StubColorizer, "colorize", wait)
    page = launch(limits=Limits(waiting=2))
    client, handle_file = connect(page)
    jobs = []
    for _ in range(4):
        jobs.append(client.submit(handle_file(photo), *SETTINGS, api_name="/colorize"))
        time.sleep(0.5)  # One is being coloured, two wait.
    with pytest.raises(Exception, match="Queue is full"):
        jobs[3].result(timeout=30)
    go_on.set()
    assert all(job.result(timeout=30)[2].startswith("9 x 8 pixels") for job in jobs[:3])


@pytest.mark.slow
def test_a_port_that_is_taken(launch):
    with pytest.raises(OSError, match="port"):
        launch(port=launch().server_port)


@pytest.mark.parametrize("port", [0, 65536])
def test_a_number_that_is_no_port(port):
    with pytest.raises(ValueError, match=f"from 1 to 65535. Received: port={port}"):
        launch_demo(port=port)


def test_without_gradio_the_install_command_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "gradio", None)
    with pytest.raises(ImportError, match="install it with pip install gradio"):
        build_demo()


def test_command_says_where_the_page_is(monkeypatch, capfd):
    said = []
    page = types.SimpleNamespace(
        local_url="http://127.0.0.1:81/", block_thread=lambda: said.append("waits")
    )

    def launch_demo(models, **options):
        said.append((models, options))
        return page

    monkeypatch.setattr("colorkit.demo.launch.launch_demo", launch_demo)
    models = ["--model", "a.keras", "--model", "b.onnx"]
    assert main(["demo", "--port", "81", *models, "--share", "--max-files", "7"]) == 0
    options = {"host": "127.0.0.1", "port": 81, "share": True, "limits": Limits(files=7)}
    assert said == [(["a.keras", "b.onnx"], options), "waits"]
    assert capfd.readouterr().out.strip() == "http://127.0.0.1:81/ (Ctrl-C ends it)"


def test_command_explains_a_wrong_model(gradio, capfd):
    assert main(["demo", "--model", "nonsense.keras"]) == 2
    assert "Expected a network. Received: 'nonsense.keras'" in capfd.readouterr().err
