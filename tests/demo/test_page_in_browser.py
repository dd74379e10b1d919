"""The page of `colorkit demo`, used as a person uses it, in headless Chromium.

These tests need more than the extra `test` installs: `pip install playwright`, and a Chromium, such
as Debian's (`apt install chromium`) or Playwright's own (`playwright install chromium`).
"""

import json
import re
import zipfile

import numpy as np
import pytest
from chromium import PATIENCE, launched_chromium

from colorkit.io.photo import Photo
from colorkit.io.write import write_photo

sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def browser():
    with launched_chromium() as browser:
        yield browser


@pytest.fixture
def page(demo_server, browser):
    """The page as it opens. Nothing of it may come from elsewhere."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(demo_server.url)
    yield page
    page.close()
    elsewhere = [url for url in asked if not url.startswith((demo_server.url, "data:", "blob:"))]
    assert not elsewhere


def drop(page, *paths):
    page.locator(
        "input[type=file]:visible, .tabitem:visible input[type=file]"
    ).first.set_input_files([str(path) for path in paths])


def slider_pictures(page):
    """Waits for the before/after slider and returns the addresses of its two pictures."""
    pictures = page.get_by_test_id("imageslider-image")
    sync_api.expect(pictures).to_have_count(2, timeout=PATIENCE)
    return [picture.get_attribute("src") for picture in pictures.all()]


def download(page, label):
    button = page.get_by_role("button", name=label)
    sync_api.expect(button).to_be_enabled(timeout=PATIENCE)
    with page.expect_download() as started:
        button.click()
    return started.value


def test_drop_compare_download(page, album):
    drop(page, album / "album" / "cat.png")
    before, after = slider_pictures(page)
    assert before != after
    sync_api.expect(page.get_by_text("300 x 200 pixels, coloured in")).to_be_visible()
    saved = download(page, "Download in full size (PNG)")
    assert saved.suggested_filename == "cat_color.png"
    assert saved.path().read_bytes() == (album / "out" / "cat.png").read_bytes()


def test_style_and_saturation_colour_anew(page, album):
    drop(page, album / "album" / "cat.png")
    seen = {slider_pictures(page)[1]}
    after = page.get_by_test_id("imageslider-image").nth(1)
    page.get_by_text("vivid").click()
    sync_api.expect(after).not_to_have_attribute("src", seen.pop(), timeout=PATIENCE)
    vivid = after.get_attribute("src")
    page.get_by_role("slider", name="Saturation").press("End")
    sync_api.expect(after).not_to_have_attribute("src", vivid, timeout=PATIENCE)


def test_clicks_give_places_a_colour(page, album):
    drop(page, album / "album" / "cat.png")
    before = slider_pictures(page)[1]
    after = page.get_by_test_id("imageslider-image").nth(1)
    page.get_by_text("Give places a colour").click()
    editor = page.locator(".image-frame img")
    editor.click()  # In the middle: Gradio leaves margins about a small picture.
    listed = page.get_by_text("#b03030 at")
    sync_api.expect(listed).to_have_count(1, timeout=PATIENCE)
    sync_api.expect(after).not_to_have_attribute("src", before, timeout=PATIENCE)
    page.get_by_role("button", name="Undo").last.click()  # The slider has one too.
    sync_api.expect(listed).to_have_count(0, timeout=PATIENCE)


def test_reference_suggestions_variants_and_saved_hints(page, album, tmp_path):
    write_photo(tmp_path / "red.png", Photo(np.full((90, 120, 3), (180, 40, 30), "uint8")))
    drop(page, album / "album" / "cat.png")
    slider_pictures(page)
    page.get_by_text("Guide the colours").click()
    drop_in = page.locator(".tabitem:visible .tabitem:visible input[type=file]")
    drop_in.set_input_files(str(tmp_path / "red.png"))
    reference = page.get_by_text("Click to pick a colour")
    sync_api.expect(reference).to_be_visible(timeout=PATIENCE)
    page.locator(".image-frame img").first.click()
    page.get_by_text("Give places a colour").click()
    picker = page.get_by_role("button", name="Colour", exact=True)
    sync_api.expect(picker).to_have_css("background-color", "rgb(180, 40, 30)", timeout=PATIENCE)
    page.locator(".image-frame img").nth(1).click()
    listed = page.get_by_text(re.compile("^#[0-9a-f]{6} at"))
    sync_api.expect(listed).to_have_text(re.compile("^#b4281e at"), timeout=PATIENCE)
    sync_api.expect(page.get_by_text("these are likely at the last point")).to_be_visible(
        timeout=PATIENCE
    )
    page.locator(".grid-container button").first.click()
    sync_api.expect(listed).not_to_have_text(re.compile("^#b4281e at"), timeout=PATIENCE)
    suggested = listed.inner_text()
    saved = tmp_path / "hints.json"
    download(page, "Save hints").save_as(saved)
    assert json.loads(saved.read_text())[0]["color"] == suggested[:7]
    page.get_by_role("button", name="Undo").last.click()
    sync_api.expect(listed).to_have_text(re.compile("^#b4281e at"), timeout=PATIENCE)
    page.get_by_role("button", name="Clear").last.click()
    sync_api.expect(listed).to_have_count(0, timeout=PATIENCE)
    page.locator("input[type=file][accept='.json']").set_input_files(str(saved))
    sync_api.expect(listed).to_have_text(suggested, timeout=PATIENCE)
    after = page.get_by_test_id("imageslider-image").nth(1)
    page.get_by_text("Other plausible colours").click()
    page.get_by_text("Show 4 to choose from").click()
    variants = page.locator(".grid-container:visible button", has_text=re.compile("usual|2|3|4"))
    sync_api.expect(variants).to_have_count(4, timeout=PATIENCE)
    usual = after.get_attribute("src")
    variants.nth(3).click()
    sync_api.expect(after).not_to_have_attribute("src", usual, timeout=PATIENCE)
    variant = after.get_attribute("src")
    page.get_by_text("exactly").click()
    sync_api.expect(after).not_to_have_attribute("src", variant, timeout=PATIENCE)


def test_a_sample_is_coloured(page):
    page.locator("button:has(img)").nth(2).click()
    slider_pictures(page)
    sync_api.expect(page.get_by_text("451 x 300 pixels")).to_be_visible()
    assert download(page, "Download in full").suggested_filename == "chelsea_gray_color.png"


@pytest.mark.parametrize(
    "name, message",
    [
        ("album/broken.png", "Cannot read broken.png: the PNG data is damaged, cut short"),
        ("wide.png", "Cannot read wide.png: expected at most 1 megapixels."),
        ("note.txt", "Invalid file type: note.txt. Only .jpg"),
        ("heavy.png", 'exceed the maximum allowed size of 1.0 Mb: "heavy.png"'),
    ],
)
def test_a_bad_upload_is_told_and_the_next_is_coloured(page, album, name, message):
    drop(page, album / name)
    sync_api.expect(page.get_by_text(message)).to_be_visible(timeout=PATIENCE)
    button = page.get_by_role("button", name="Download in full size (PNG)")
    sync_api.expect(button).to_be_disabled()
    page.reload()
    drop(page, album / "album" / "cat.png")
    slider_pictures(page)


def test_many_into_a_zip(page, album):
    page.get_by_role("tab", name="Many photographs").click()
    drop(page, *(album / "album" / name for name in ("cat.png", "broken.png", "astronaut.jpg")))
    page.get_by_role("button", name="Colour all").click()
    outcome = page.get_by_role("gridcell", name=re.compile("^Cannot read broken.png"))
    sync_api.expect(outcome).to_be_visible(timeout=PATIENCE)
    saved = download(page, "Download all (zip)")
    with zipfile.ZipFile(saved.path()) as archive:
        assert archive.namelist() == ["cat.png", "astronaut.jpg"]
        for name in archive.namelist():
            assert archive.read(name) == (album / "out" / name).read_bytes()
