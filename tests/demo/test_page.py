"""The page of `colorkit demo`, used as a program uses it."""

import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import requests
import skimage.data

from colorkit.cli.main import main
from colorkit.io.photo import Photo
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo

gradio_client = pytest.importorskip("gradio_client", reason="pip install gradio")
pytestmark = pytest.mark.slow
SETTINGS = ("colorkit_base", "default", 1)


@pytest.fixture
def client(demo_server, tmp_path):
    return gradio_client.Client(demo_server.url, verbose=False, download_files=str(tmp_path))


def send(client, path, *settings):
    upload = gradio_client.handle_file(str(path))
    return client.predict(upload, *(settings or SETTINGS), api_name="/colorize")


def test_a_photograph_is_coloured_as_by_the_command_line(client, album):
    pair, result, summary = send(client, album / "album" / "cat.png")
    assert Path(result["value"]).name == "cat_color.png"
    assert Path(result["value"]).read_bytes() == (album / "out" / "cat.png").read_bytes()
    assert len({Path(path).read_bytes() for path in pair}) == 2
    assert summary.startswith("300 x 200 pixels, coloured in ")


def test_style_and_saturation_change_the_picture(client, album):
    path = album / "album" / "cat.png"
    settings = (SETTINGS, ("colorkit_base", "vivid", 1), ("colorkit_base", "vivid", 0.5))
    results = {
        Path(send(client, path, *settings)[1]["value"]).read_bytes() for settings in settings
    }
    assert len(results) == 3


def test_hints_change_the_picture_about_their_places(client, album):
    path = album / "album" / "cat.png"
    hints = [{"x": 150, "y": 100, "color": "#c02020"}]
    plain, hinted = (
        read_photo(send(client, path, *SETTINGS, given)[1]["value"]).pixels.astype(int)
        for given in ([], hints)
    )
    redness = (hinted - plain)[95:105, 145:155].mean((0, 1))
    assert redness[0] > 10 > redness[1]
    with pytest.raises(Exception, match="must lie in the picture of 300 x 200 pixels"):
        send(client, path, *SETTINGS, [{"x": 300, "y": 0, "color": "#c02020"}])


@pytest.mark.usefixtures("default_model_opened_once")
def test_what_guides_on_the_command_line_guides_on_the_page(client, album, tmp_path):
    path, reference = album / "album" / "cat.png", tmp_path / "colour.png"
    write_photo(reference, Photo(np.ascontiguousarray(skimage.data.chelsea()[:250, :250])))
    options = ["--reference", str(reference), "--palette", "#806040", "--look", "kodachrome"]
    assert main(["colorize", str(path), "-o", str(tmp_path / "out.png"), *options]) == 0
    _, result, _ = client.predict(
        gradio_client.handle_file(str(path)),
        *SETTINGS,
        reference=gradio_client.handle_file(str(reference)),
        palette="#806040",
        look="kodachrome",
        api_name="/colorize",
    )
    assert Path(result["value"]).read_bytes() == (tmp_path / "out.png").read_bytes()


def test_a_batch_is_coloured_as_by_the_command_line(client, album):
    paths = [album / "album" / name for name in ("cat.png", "broken.png", "astronaut.jpg")]
    files = [gradio_client.handle_file(str(path)) for path in paths]
    outcomes, archive = client.predict(files, *SETTINGS, api_name="/colorize_batch")
    assert [name for name, _ in outcomes["data"]] == [path.name for path in paths]
    assert [outcome == "coloured" for _, outcome in outcomes["data"]] == [True, False, True]
    assert outcomes["data"][1][1].startswith("Cannot read broken.png: the PNG data is damaged")
    with zipfile.ZipFile(archive["value"]) as zipped:
        assert zipped.namelist() == ["cat.png", "astronaut.jpg"]
        for name in zipped.namelist():
            assert zipped.read(name) == (album / "out" / name).read_bytes()


@pytest.mark.parametrize(
    "name, message",
    [
        ("album/broken.png", "Cannot read broken.png: the PNG data is damaged, cut short"),
        ("wide.png", "expected at most 1 megapixels. Received: 1000 x 1001 pixels"),
        ("note.txt", "Invalid file type"),
        ("heavy.png", "exceeds the maximum file size of 1048576 bytes"),
    ],
)
def test_bad_uploads_are_told_and_the_page_lives_on(client, album, name, message):
    with pytest.raises(Exception, match=message) as caught:
        send(client, album / name)
    assert "demo0" not in str(caught.value), "the server's folder is nobody's business"
    assert send(client, album / "album" / "cat.png")[2].startswith("300 x 200 pixels")


def test_the_server_itself_refuses_too_large_a_file(demo_server, album):
    before = demo_server.files()
    with open(album / "heavy.png", "rb") as file:
        answer = requests.post(f"{demo_server.url}gradio_api/upload", files={"files": file})
    assert answer.status_code == 413
    assert demo_server.files() == before


def test_what_is_not_on_offer_is_refused(client, album):
    for settings in (("/etc/passwd", "faithful", 1), ("colorkit_base", "garish", 1)):
        with pytest.raises(Exception, match="not in the list of choices"):
            send(client, album / "album" / "cat.png", *settings)
    with pytest.raises(Exception, match="greater than maximum"):
        send(client, album / "album" / "cat.png", "colorkit_base", "faithful", 1000)


def test_too_many_photographs_at_once(client, album):
    file = gradio_client.handle_file(str(album / "album" / "cat.png"))
    with pytest.raises(Exception, match="1 to 60 photographs at once. Received: 61."):
        client.predict([file] * 61, *SETTINGS, api_name="/colorize_batch")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_many_uploads_leak_no_memory(client, demo_server, tmp_path):
    generator = np.random.default_rng(0)

    def send_new(number):
        path = tmp_path / f"{number}.png"
        blocks = generator.integers(0, 256, (20, 20), "uint8")
        write_photo(path, Photo(np.kron(blocks, np.ones((32, 32), "uint8"))))
        send(client, path)

    for number in range(10):
        send_new(number)
    before = demo_server.memory()
    for number in range(10, 40):
        send_new(number)
    # To keep the pixels alone of each result would take 37 MB.
    assert demo_server.memory() - before < 20
