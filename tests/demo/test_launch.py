"""How the page is launched, and its queue; with a stub for the model."""

import os
import sys
import threading
import time
import types

import pytest
import requests
from PIL import Image
from stub_colorizer import StubColorizer

from colorkit.cli.main import main
from colorkit.demo.launch import build_demo, launch_demo
from colorkit.demo.limits import Limits

SETTINGS = ("colorkit_base", "default", 1)
UNGUIDED = ([], "by the model", None, True, "", 0.5, "none", 1)


def connect(page):
    import gradio_client

    client = gradio_client.Client(page.local_url, verbose=False)
    return client, gradio_client.handle_file


def test_only_this_machine_reaches_the_page_and_nothing_is_shared(launch):
    page = launch()
    assert page.server_name == "127.0.0.1"
    assert page.share_url is None and not page.share
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False" and not page.analytics_enabled
    assert not getattr(page, "run_history", False) and not page.enable_monitoring


def test_launch_hands_its_arguments_on(gradio, monkeypatch):
    said = {}
    monkeypatch.setattr(gradio.Blocks, "launch", lambda self, **options: said.update(options))
    limits = Limits(megabytes=3)
    users = [("ann", "secret")]
    monkeypatch.setattr(gradio.Blocks, "is_colab", False, raising=False)
    options = {"port": 8123, "share": True, "users": users, "root_path": "http://a.org/colour"}
    launch_demo(["a.onnx"], limits=limits, host="0.0.0.0", **options)
    told = ("server_name", "server_port", "share", "max_file_size", "auth", "root_path")
    expected = ["0.0.0.0", 8123, True, 3 << 20, users, "http://a.org/colour"]
    assert [said[name] for name in told] == expected


def test_whoever_opens_it_to_a_model_says_who_may_use_it(gradio, monkeypatch):
    monkeypatch.setattr(gradio.Blocks, "launch", lambda self, **options: None)
    monkeypatch.setattr(gradio.Blocks, "is_colab", False, raising=False)
    with pytest.raises(ValueError, match=r"Expected users with passwords \(`users`, --auth\), or"):
        launch_demo(host="0.0.0.0")
    with pytest.warns(UserWarning, match="Everyone who reaches this machine at 0.0.0.0 can use"):
        launch_demo(host="0.0.0.0", is_open=True)


def test_a_path_at_a_proxy_without_the_proxy_s_name_is_told(gradio, monkeypatch, recwarn):
    monkeypatch.setattr(gradio.Blocks, "launch", lambda self, **options: None)
    monkeypatch.setattr(gradio.Blocks, "is_colab", False, raising=False)
    launch_demo(root_path="https://example.org/colour")
    launch_demo(root_path="/colour", allowed_hosts=["example.org"])
    assert not [each for each in recwarn if "own names" in str(each.message)]
    with pytest.warns(UserWarning, match=r"own names alone.*whole address.*--allow-host"):
        launch_demo(root_path="/colour")


def test_models_and_styles_are_those_at_hand(gradio):
    page = build_demo(["runs/one.keras", "two.onnx"])
    labels = {
        c.label: c for c in page.blocks.values() if isinstance(c, gradio.components.Component)
    }
    choices = [value for _, value in labels["Model"].choices]
    assert choices == ["colorkit_base", "one.keras", "two.onnx"] and labels["Model"].visible
    assert [value for _, value in labels["Style"].choices] == ["default", "faithful", "vivid"]
    assert labels["Style"].value == "default" and labels["Style"].visible
    assert labels["Saturation"].value == 1


def test_a_single_model_without_styles_offers_neither(gradio, monkeypatch):
    monkeypatch.setattr(StubColorizer, "styles", ())
    page = build_demo()
    labels = {
        c.label: c for c in page.blocks.values() if isinstance(c, gradio.components.Component)
    }
    assert not labels["Model"].visible and not labels["Style"].visible


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
    taken = launch().server_port
    message = f"cannot listen at port {taken}: another program does"
    with pytest.raises(OSError, match=message):
        launch(port=taken)


@pytest.mark.slow
def test_formats_that_are_only_read_may_be_uploaded(launch, tmp_path):
    Image.new("L", (9, 8), 100).save(tmp_path / "a.gif")
    client, handle_file = connect(launch())
    upload = handle_file(tmp_path / "a.gif")
    *_, summary = client.predict(upload, *SETTINGS, api_name="/colorize")
    assert summary.startswith("9 x 8 pixels")


@pytest.mark.slow
def test_users_give_their_password(launch, photo):
    import gradio_client

    page = launch(users=[("ann", "secret")])
    config = f"{page.local_url}config"
    assert requests.get(config).status_code == 401
    for password, status in (("secrets", 400), ("secret", 200)):
        form = {"username": (None, "ann"), "password": (None, password)}
        answer = requests.post(f"{page.local_url}login", files=form)  # as browsers do
        assert answer.status_code == status
    client = gradio_client.Client(page.local_url, verbose=False, auth=("ann", "secret"))
    result = client.predict(gradio_client.handle_file(photo), *SETTINGS, api_name="/colorize")
    assert result[2].startswith("9 x 8 pixels")


@pytest.mark.slow
def test_a_visitor_who_left_keeps_nobody_waiting(launch, photo, monkeypatch):
    started, go_on = threading.Event(), threading.Event()
    colorize = StubColorizer.colorize

    def wait(self, pixels, hints=None):
        started.set()
        go_on.wait(timeout=30)
        return colorize(self, pixels, hints)

    monkeypatch.setattr(StubColorizer, "colorize", wait)
    written = []
    monkeypatch.setattr("colorkit.demo.jobs.write_photo", lambda path, _: written.append(path))
    page = launch()
    api = f"{page.local_url}gradio_api"
    with open(photo, "rb") as file:
        path = requests.post(f"{api}/upload", files={"files": file}).json()[0]
    upload = {"path": path, "meta": {"_type": "gradio.FileData"}}
    event = requests.post(
        f"{api}/call/colorize", json={"data": [upload, *SETTINGS, *UNGUIDED]}
    ).json()
    stream = requests.get(f"{api}/call/colorize/{event['event_id']}", stream=True)
    assert started.wait(timeout=30)
    (job,) = [job for job in page._queue.active_jobs if job]
    stream.close()
    end = time.monotonic() + 30
    while job[0].alive and time.monotonic() < end:
        time.sleep(0.05)
    go_on.set()
    while any(page._queue.active_jobs) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(page._queue.active_jobs)
    assert written == []


@pytest.mark.slow
def test_many_visitors_take_little_memory(launch):
    """As one may pretend to be: Gradio keeps about 70 kB of each."""
    assert launch().app.state_holder.capacity * 70e3 < 200e6


@pytest.mark.slow
def test_a_visitor_who_never_listens_keeps_nobody_waiting(launch, photo, monkeypatch):
    monkeypatch.setattr("colorkit.demo.visitors.SECONDS_TO_LISTEN", 0.1)
    colorize, colored = StubColorizer.colorize, []

    def color_slowly(self, pixels, hints=None):
        time.sleep(0.2)
        colored.append(pixels)
        return colorize(self, pixels, hints)

    monkeypatch.setattr(StubColorizer, "colorize", color_slowly)
    page = launch()
    api = f"{page.local_url}gradio_api"
    with open(photo, "rb") as file:
        path = requests.post(f"{api}/upload", files={"files": file}).json()[0]
    uploads = [{"path": path, "meta": {"_type": "gradio.FileData"}}] * 9

    def color_all():
        event = requests.post(f"{api}/call/colorize_batch", json={"data": [uploads, *SETTINGS]})
        return event.json()["event_id"]

    color_all()
    listened = requests.get(f"{api}/call/colorize_batch/{color_all()}").text
    assert len(colored) == 1 + 9
    assert listened.count("coloured") >= 9


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
    options |= {"users": None, "is_open": False, "allowed_hosts": [], "root_path": None}
    assert said == [(["a.keras", "b.onnx"], options), "waits"]
    assert capfd.readouterr().out.strip() == "http://127.0.0.1:81/ (Ctrl-C ends it)"


@pytest.mark.parametrize("place", ["option", "environment", "file"])
def test_command_takes_users_from_several_places(monkeypatch, tmp_path, place):
    said = []
    page = types.SimpleNamespace(local_url="http://0.0.0.0:81/", block_thread=lambda: None)
    monkeypatch.setattr(
        "colorkit.demo.launch.launch_demo", lambda *_, **options: [said.append(options), page][1]
    )
    (tmp_path / "users.txt").write_text("ann:secret")
    text = f"@{tmp_path / 'users.txt'}" if place == "file" else "ann:secret"
    if place == "environment":
        monkeypatch.setenv("COLORKIT_AUTH", text)
    given = [] if place == "environment" else ["--auth", text]
    hosts = ["--allow-host", "example.org", "--root-path", "/colour"]
    assert main(["demo", "--host", "0.0.0.0", *given, *hosts, "--max-disk-megabytes", "900"]) == 0
    assert said[0]["users"] == [("ann", "secret")]
    assert said[0]["allowed_hosts"] == ["example.org"] and said[0]["root_path"] == "/colour"
    assert said[0]["limits"].disk_megabytes == 900


def test_command_asks_who_may_use_a_page_for_the_model(gradio, capfd, monkeypatch):
    monkeypatch.delenv("COLORKIT_AUTH", raising=False)
    assert main(["demo", "--host", "0.0.0.0"]) == 2
    assert "Expected users with passwords (`users`, --auth)" in capfd.readouterr().err


def test_command_explains_a_wrong_model(gradio, capfd):
    assert main(["demo", "--model", "nonsense.keras"]) == 2
    assert "Expected a model. Received: 'nonsense.keras'" in capfd.readouterr().err
