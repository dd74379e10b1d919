"""Whatever is sent to the page, the answer has words."""

import json
import os

import pytest
import requests

pytest.importorskip("gradio", reason="the page needs Gradio: pip install gradio")

from stub_colorizer import StubColorizer

UNGUIDED = ("by the model", None, True, "", 0.5, "none", 1)
GOOD = ("colorkit_base", "default", 1, [], *UNGUIDED)


class Page:
    """A page to which anything may be sent."""

    def __init__(self, url, photo):
        self._api = f"{url}gradio_api"
        with open(photo, "rb") as file:
            self.path = requests.post(f"{self._api}/upload", files={"files": file}).json()[0]

    def upload(self, **fields):
        return {"path": self.path, "meta": {"_type": "gradio.FileData"}, **fields}

    def send(self, values, name="colorize"):
        """Returns the last event of the answer, and what it holds."""
        call = requests.post(f"{self._api}/call/{name}", json={"data": values}).json()
        answer = requests.get(f"{self._api}/call/{name}/{call['event_id']}").text
        event, data = answer.strip().split("\n")[-2:]
        return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


@pytest.fixture
def page(launch, photo):
    return Page(launch().local_url, photo)


@pytest.mark.slow
def test_values_of_a_wrong_kind(page):
    upload = page.upload()
    folder = os.path.dirname(page.path)
    wrong = [
        *([photo, *GOOD] for photo in ("x", 3, {}, [upload], {"path": page.path})),
        *([page.upload(path=path), *GOOD] for path in ("/etc/passwd", folder, None, "\0.png")),
        [page.upload(path="http://127.0.0.1:1/a.png"), *GOOD],
        [page.upload(path=page.path + ".png"), *GOOD],
        *(
            [upload, model, "default", 1, [], *UNGUIDED]
            for model in (None, 1, ["colorkit_base"], {})
        ),
        *([upload, "colorkit_base", style, 1, [], *UNGUIDED] for style in (1, ["default"], {})),
        *(
            [upload, "colorkit_base", "default", saturation, [], *UNGUIDED]
            for saturation in (None, "1", [], -1)
        ),
        *([upload, *GOOD[:3], hints, *UNGUIDED] for hints in ("red", 3, {"x": 1}, [1])),
        [upload, *GOOD[:4], "nowhere", *UNGUIDED[1:]],
        [upload, *GOOD[:4], *UNGUIDED[:2], True, "blue", *UNGUIDED[4:]],
        [upload, *GOOD[:4], *UNGUIDED[:5], "sepia", 1],
        [upload, *GOOD[:4], *UNGUIDED[:6], 2],
        [upload],
        [],
    ]
    for values in wrong:
        event, answer = page.send(values)
        assert event == "error" and answer["error"], values
    assert page.send([upload, *GOOD])[0] == "complete"


@pytest.mark.slow
def test_words_say_what_was_expected_and_what_came(page):
    _, answer = page.send(["x", *GOOD])
    assert answer["error"] == (
        "Expected Photograph: a file uploaded to this page; Model: one of colorkit_base; "
        "Style: one of default, faithful, vivid; Saturation: a number from 0 to 2; Hints: a list "
        'of {"x": 120, "y": 80, "color": "#c02020"}; Spread: one of by the model, exactly; '
        "Colour photograph of the same things: a file uploaded to this page; The same things take "
        "its colours: true or false; Colours to tend to, then Enter: a text; Strength of the "
        "palette: a number from 0 to 1; Look of an old process: one of none, autochrome, "
        "kodachrome, hand-tinted; Strength of the look: a number from 0 to 1; State: what the page "
        "itself sends. Received: ['x', 'colorkit_base', 'default', 1, [], 'by the model', ...]"
    )
    _, answer = page.send([[1], *GOOD[:3]], "colorize_batch")
    assert answer["error"].startswith(
        "Expected Photographs: a list of files uploaded to this page;"
    )


@pytest.mark.slow
def test_what_nobody_foresaw(page, monkeypatch):
    def fail(*_):
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(StubColorizer, "colorize", fail)
    event, answer = page.send([page.upload(), *GOOD])
    assert event == "error"
    assert answer["error"].startswith("The page failed (RuntimeError). Try again or with another")


@pytest.mark.slow
def test_a_disk_that_is_full(page, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device", "/secret/path")

    monkeypatch.setattr("colorkit.demo.jobs.write_photo", fail)
    _, answer = page.send([page.upload(), *GOOD])
    expected = "The page cannot keep its files: No space left on device. Try again later."
    assert answer["error"] == expected
