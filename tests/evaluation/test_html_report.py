import base64
import dataclasses
import html.parser
import io
import re

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorkit.evaluation.evaluator import evaluate_models
from colorkit.evaluation.html_report import render_report
from colorkit.evaluation.metric_info import METRICS

NASTY = "<b>&.keras"


class Tinted:
    """Answers with the photograph, its channels changed by a constant."""

    def __init__(self, *change):
        self.change = change

    def colorize_batch(self, images):
        return [np.clip(np.int16(image) + self.change, 0, 255).astype("uint8") for image in images]


class Page(html.parser.HTMLParser):
    """What a browser sees of a page: elements with attributes, and the cells of its tables."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.rows, self.texts = [], [], {}, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "img", "br", "polygon"):
            self.open.append((tag, dict(attributes).get("id")))
        if tag == "tr":
            self.rows.setdefault(self.table(), []).append([])
        if tag in ("td", "th"):
            self.rows[self.table()][-1].append("")

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        opened, _ = self.open.pop()
        assert opened == tag, f"<{opened}> ends as </{tag}>"

    def handle_data(self, data):
        self.texts.append(data)
        if any(tag in ("td", "th") for tag, _ in self.open):
            self.rows[self.table()][-1][-1] += data

    def table(self):
        return [name for tag, name in self.open if tag == "table"][-1]


@pytest.fixture(scope="module")
def evaluation():
    chelsea = skimage.data.chelsea()
    photos = np.stack([chelsea[y : y + 24, 100:140] for y in range(0, 240, 30)])
    photos[2] //= 2
    models = {"mine": Tinted(15, 0, -9), NASTY: Tinted(0, 0, 0)}
    return evaluate_models(models, photos, examples=3, settings={"size": 192}, perceptual=False)


@pytest.fixture(scope="module")
def page(evaluation):
    return Page(render_report(evaluation))


def test_every_element_is_closed(page):
    assert page.open == []


def test_nothing_is_fetched(page):
    for tag, attributes in page.elements:
        assert tag not in ("link", "iframe")
        assert not (tag == "script" and "src" in attributes)
        assert attributes.get("src", "data:").startswith("data:")


def test_means_are_the_table_s(page, evaluation):
    heads, *rows = page.rows["means"]
    assert tuple(heads) == evaluation.columns()
    assert [tuple(row) for row in rows] == evaluation.rows()
    assert {"LPIPS skipped: not asked for.", "FID skipped: not asked for."} <= set(page.texts)


def test_names_are_escaped(page, evaluation):
    assert NASTY in page.rows["means"][0]
    assert "<b>" not in render_report(evaluation)


def test_every_photograph_has_its_metrics(page, evaluation):
    heads, *rows = page.rows["photographs"]
    assert [row[0] for row in rows] == [photo.name for photo in evaluation.photos]
    assert all(len(row) == len(heads) for row in rows)
    assert heads[3] == METRICS["psnr"].title + "mine"
    assert rows[4][3] == f"{evaluation.photos[4].metrics['mine']['psnr']:.2f}"
    for row in rows:
        assert all(re.fullmatch(r"-?\d+(\.\d+)?", cell) for cell in row[1:]), "sorted as numbers"


def test_best_and_worst_stand_side_by_side(page, evaluation):
    ids = [attributes.get("id") for tag, attributes in page.elements if tag == "section"]
    assert ids == ["worst-1", "worst-2", "best-1", "best-2"]
    images = [attributes for tag, attributes in page.elements if tag == "img"]
    assert len(images) == 4 * 3 * 4
    assert [image["alt"] for image in images[:4]] == ["Gray picture", "mine", NASTY, "Truth"]
    gray, _, perfect, truth = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(image["src"].split(",")[1]))), "float32")
        for image in images[:4]
    )
    assert evaluation.examples.worst["mine"][0].name in "".join(page.texts)
    assert np.ptp(gray, axis=-1).max() <= 3
    np.testing.assert_allclose(perfect, truth, atol=1)
    assert truth.shape == (24, 40, 3)


def test_histograms_are_drawn_for_models_and_truth(page):
    polygons = [attributes for tag, attributes in page.elements if tag == "polygon"]
    assert [polygon["class"] for polygon in polygons] == ["truth", "ours n0", "ours n1"]
    for polygon in polygons:
        points = np.array([point.split(",") for point in polygon["points"].split()], float)
        assert points[:, 0].min() == 0 and points[:, 0].max() == 134
        assert points[:, 1].min() < 35 and points[:, 1].max() == 40


def test_settings_and_versions(page, evaluation):
    noted = dict(page.rows["settings"])
    assert noted["size"] == "192" and noted["protocol"] == "native"
    assert noted["keras"] == evaluation.versions["keras"]


def test_without_examples_and_with_photographs_left_out(evaluation):
    bare = dataclasses.replace(evaluation, examples=None, unreadable={"a": "<i>bad</i>"})
    page = Page(render_report(bare))
    assert "img" not in [tag for tag, _ in page.elements]
    assert "<i>bad</i>" in page.texts
