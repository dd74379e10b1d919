"""The site of `colorkit web`, used as a person uses it, in headless Chromium.

These tests need more than the extra `test` installs: `pip install playwright`, a Chromium, such as
Debian's (`apt install chromium`), and the npm package of ONNX Runtime, which npm fetches unless
COLORKIT_ONNXRUNTIME_WEB has its path.
"""

import io
import json
import os
import re
import zipfile

import numpy as np
import PIL.Image
import pytest
import skimage.data
from chromium import PATIENCE, launched_chromium, memory_of_pages
from static_server import served

from colorkit.cli.main import main
from colorkit.io.photo import Photo
from colorkit.io.write import write_photo

sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    from colorkit.web.site import write_site

    folder = tmp_path_factory.mktemp("host") / "site"
    package = os.environ.get("COLORKIT_ONNXRUNTIME_WEB")
    try:
        write_site(folder, onnxruntime_web=package)
    except OSError as error:
        pytest.skip(str(error))
    except ValueError as error:
        if "npm" not in str(error):
            raise
        pytest.skip(str(error))
    return folder


@pytest.fixture(scope="module")
def address(site):
    with served(site.parent) as root:  # in a folder of the host, as projects' pages are
        yield f"{root}site/"


@pytest.fixture(scope="module")
def browser(address, tmp_path_factory):
    """Chromium, whose own log of the network shows no request to anyone but the site."""
    log = tmp_path_factory.mktemp("log") / "network.json"
    with launched_chromium(f"--log-net-log={log}") as browser:
        yield browser
    text = log.read_text(encoding="utf-8", errors="replace")
    own = [line for line in text.splitlines() if '"initiator":"http' in line]  # not Chromium's own
    asked = {url for line in own for url in re.findall(r'"url":"(https?://[^"]+)"', line)}
    assert asked and not {url for url in asked if not url.startswith("http://127.0.0.1:")}


@pytest.fixture(scope="module")
def context(browser):
    """One visitor: what the first test loaded is there for the next."""
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    yield context
    context.close()


@pytest.fixture
def page(context, address):
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    await_network(page)
    yield page
    page.close()
    assert not errors


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    """Photographs of many kinds in `album/`, coloured by the command line in `out/`."""
    folder = tmp_path_factory.mktemp("album")
    cat = np.ascontiguousarray(skimage.data.chelsea()[..., 1])
    pictures = {
        "gray": cat,
        "toned": np.ascontiguousarray(skimage.data.astronaut()[:333, :247]),
        "framed": np.pad(cat, 40, constant_values=245),
        "long": np.ascontiguousarray(skimage.data.camera()[200:260]),
        "tiny": cat[100:109, 100:107],
    }
    for name, pixels in pictures.items():
        write_photo(folder / "album" / f"{name}.png", Photo(np.ascontiguousarray(pixels)))
    words = ["colorize", str(folder / "album"), "-o", str(folder / "out"), "--runtime", "onnx"]
    assert main(words) == 0
    return folder


def await_network(page):
    sync_api.expect(page.locator("html")).to_have_attribute(
        "data-ready", re.compile("WebAssembly|WebGPU"), timeout=PATIENCE
    )


def drop(page, *paths):
    page.locator("#files").set_input_files(list(paths))


def await_end(page, words):
    sync_api.expect(page.locator("#status")).to_have_text(words, timeout=PATIENCE)


def download(page, name):
    with page.expect_download() as started:
        page.get_by_role("button", name=name, exact=True).click()
    return started.value


def pixels_of(data):
    return np.asarray(PIL.Image.open(io.BytesIO(data)).convert("RGB"), "int16")


def assert_equal(found, expected, name, most=8):
    assert found.shape == expected.shape
    difference = abs(found - expected).max(axis=-1)
    assert (difference <= 2).mean() >= 0.999, name
    assert difference.max() <= most, name


def test_a_batch_is_coloured_as_by_the_command_line(page, album):
    names = sorted(path.name for path in (album / "album").iterdir())
    drop(page, *(album / "album" / name for name in names))
    await_end(page, f"{len(names)} coloured.")
    saved = download(page, "Download all (zip)")
    with zipfile.ZipFile(saved.path()) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [name.replace(".png", "_color.png") for name in names]
        for name in names:
            found = pixels_of(archive.read(name.replace(".png", "_color.png")))
            assert_equal(found, pixels_of((album / "out" / name).read_bytes()), name)


def test_threads_are_allowed_and_foreign_requests_are_not(page):
    assert page.evaluate("crossOriginIsolated")
    ask = "fetch('https://example.org/').then(() => 'answered', () => 'refused')"
    assert page.evaluate(ask) == "refused"
    (worker,) = (each for each in page.workers if each.url.endswith("/worker.js"))
    assert worker.evaluate(ask) == "refused"
    policy = "fetch('worker.js').then((it) => it.headers.get('Content-Security-Policy'))"
    assert "connect-src 'self'" in page.evaluate(policy)


def test_slider_style_and_strength(page, album):
    drop(page, album / "album" / "gray.png")
    await_end(page, "1 coloured.")
    after = page.get_by_alt_text("After")
    seen = after.get_attribute("src")
    page.get_by_label("Before and after").fill("20")
    assert "20%" in after.evaluate("(image) => getComputedStyle(image).clipPath")
    page.get_by_label("Style").select_option("vivid")
    sync_api.expect(after).not_to_have_attribute("src", seen, timeout=PATIENCE)
    vivid = after.get_attribute("src")
    page.get_by_role("slider", name="Strength").fill("0")
    sync_api.expect(after).not_to_have_attribute("src", vivid, timeout=PATIENCE)
    gray = pixels_of(download(page, "Download").path().read_bytes())
    assert np.ptp(gray, axis=-1).max() <= 1


def given_hints(page, width, height):
    """Where the page draws the colours that it was given: [(x, y)] in pixels."""
    points = page.locator("#points i").evaluate_all(
        "(all) => all.map(({ style }) => [style.left, style.top].map(parseFloat))"
    )
    return [(round(x * width / 100 - 0.5), round(y * height / 100 - 0.5)) for x, y in points]


def give(page, color):
    """Chooses a colour in the open dialog, and waits until the photograph has it."""
    seen = page.get_by_alt_text("After").get_attribute("src")
    page.get_by_role("dialog").get_by_role("button", name=color, exact=True).click()
    sync_api.expect(page.get_by_alt_text("After")).not_to_have_attribute(
        "src", seen, timeout=PATIENCE
    )
    await_end(page, "1 coloured.")


def test_clicks_and_keys_give_colours_as_hints_of_the_command_line_do(page, album, tmp_path):
    is_loaded = "caches.match('hinted_network.onnx.gz').then(Boolean)"
    photo = album / "album" / "gray.png"
    drop(page, photo)
    await_end(page, "1 coloured.")
    assert not page.evaluate(is_loaded)
    page.get_by_role("button", name="Give colours").click()
    surface = page.get_by_role("button", name="Give a colour here")
    box = surface.bounding_box()
    surface.click(position={"x": box["width"] / 4, "y": box["height"] / 5})
    give(page, "red")
    assert page.evaluate(is_loaded)
    surface.press("ArrowRight")
    for _ in range(20):
        surface.press("ArrowDown")
    surface.press("Shift+ArrowDown")
    surface.press("Enter")
    give(page, "blue")
    width, height = PIL.Image.open(photo).size
    (x, y), (right, below) = hints = given_hints(page, width, height)
    assert abs(x - width / 4) <= 2 and abs(y - height / 5) <= 2
    assert abs(right - x - 0.02 * width) <= 2 and abs(below - y - 0.402 * height) <= 2
    found = pixels_of(download(page, "Download").path().read_bytes())
    result = tmp_path / "hinted.png"
    words = ["colorize", str(photo), "-o", str(result), "--runtime", "onnx"]
    for (x, y), color in zip(hints, ("#b3261e", "#2a4d8f"), strict=True):
        words += ["--hint", f"{x},{y},{color}"]
    assert main(words) == 0
    plain = pixels_of((album / "out" / "gray.png").read_bytes())
    assert abs(found - plain).max() > 30
    assert_equal(found, pixels_of(result.read_bytes()), "hinted")

    after = page.get_by_alt_text("After")
    for button in ("Undo", "Clear colours"):
        seen = after.get_attribute("src")
        page.get_by_role("button", name=button, exact=True).click()
        sync_api.expect(after).not_to_have_attribute("src", seen, timeout=PATIENCE)
        await_end(page, "1 coloured.")
        if button == "Undo":
            assert given_hints(page, width, height) == hints[:1]
    assert not given_hints(page, width, height)
    assert_equal(pixels_of(download(page, "Download").path().read_bytes()), plain, "plain")


def test_a_hint_in_the_border_or_a_long_picture_is_as_by_the_command_line(page, album, tmp_path):
    for name, place in (("framed", (0.02, 0.5)), ("long", (0.8, 0.5))):
        photo = album / "album" / f"{name}.png"
        drop(page, photo)
        await_end(page, "1 coloured.")
        page.get_by_role("button", name="Give colours").click()
        surface = page.get_by_role("button", name="Give a colour here")
        box = surface.bounding_box()
        sides = ("width", "height")
        x, y = (share * box[side] for share, side in zip(place, sides, strict=True))
        surface.click(position={"x": x, "y": y})
        give(page, "sky")
        ((x, y),) = given_hints(page, *PIL.Image.open(photo).size)
        result = tmp_path / f"{name}.png"
        words = ["colorize", str(photo), "-o", str(result), "--runtime", "onnx"]
        assert main([*words, "--hint", f"{x},{y},#7fa3c7"]) == 0
        found = pixels_of(download(page, "Download").path().read_bytes())
        assert_equal(found, pixels_of(result.read_bytes()), name)
        page.get_by_role("button", name="Start anew").click()
        await_end(page, "Ready.")


def test_a_jpeg_comes_upright_and_as_jpeg(page, album, tmp_path):
    rotated = PIL.Image.Exif()
    rotated[0x0112] = 6  # a quarter turn clockwise makes it upright
    photo = PIL.Image.open(album / "album" / "gray.png")
    photo.save(tmp_path / "turned.jpg", exif=rotated)
    drop(page, tmp_path / "turned.jpg")
    await_end(page, "1 coloured.")
    saved = download(page, "Download")
    assert saved.suggested_filename == "turned_color.jpg"
    result = PIL.Image.open(saved.path())
    assert (result.format, result.size) == ("JPEG", photo.size[::-1])


def test_24_megapixels_keep_their_size(page, tmp_path):
    photo = PIL.Image.fromarray(skimage.data.astronaut()).convert("L").resize((6000, 4000))
    photo.save(tmp_path / "large.jpg")
    drop(page, tmp_path / "large.jpg")
    await_end(page, "1 coloured.")
    sync_api.expect(page.locator("#caption")).to_contain_text("6000 × 4000 pixels, coloured in")
    result = PIL.Image.open(download(page, "Download").path())
    result.draft("RGB", (750, 500))  # An eighth is read much sooner.
    assert np.ptp(np.asarray(result, "int16"), axis=-1).mean() > 5


def test_memory_hardly_grows_with_the_number_of_photographs(page, tmp_path):
    """Of each photograph stay its files and what styles need: between 10 and 50 less than 30 %."""
    cat = skimage.data.chelsea()[..., 1]
    used = []
    for number in range(50):
        part = np.roll(cat, 9 * number, axis=1)[:240, :320]
        PIL.Image.fromarray(part).save(tmp_path / f"{number}.png")
    for start in range(0, 50, 10):
        drop(page, *(tmp_path / f"{number}.png" for number in range(start, start + 10)))
        await_end(page, f"{start + 10} coloured.")
        page.request_gc()
        used.append(memory_of_pages())
    assert used[-1] < 1.3 * used[0], used


def test_transparency_is_kept(page, album, tmp_path):
    photo = PIL.Image.open(album / "album" / "gray.png").convert("LA")
    photo.putalpha(PIL.Image.linear_gradient("L").resize(photo.size))
    photo.save(tmp_path / "faded.png")
    drop(page, tmp_path / "faded.png")
    await_end(page, "1 coloured.")
    result = PIL.Image.open(download(page, "Download").path())
    assert result.mode == "RGBA"
    assert np.array_equal(np.asarray(result)[..., 3], np.asarray(photo)[..., 1])


def test_a_corrupt_file_is_told_and_the_next_is_coloured(page, album, tmp_path):
    data = (album / "album" / "gray.png").read_bytes()
    (tmp_path / "broken.png").write_bytes(data[:45])
    (tmp_path / "note.txt").write_text("hello")
    drop(page, tmp_path / "broken.png", tmp_path / "note.txt", album / "album" / "gray.png")
    await_end(page, "1 coloured, 2 failed.")
    caption = page.locator("#caption")
    sync_api.expect(caption).to_contain_text("broken.png cannot be read: it is damaged")
    page.get_by_role("button", name="gray.png").click()
    sync_api.expect(caption).to_contain_text("451 × 300 pixels, coloured in")
    page.get_by_role("button", name="Start anew").click()
    await_end(page, "Ready.")


def test_it_colours_offline(site, browser, album):
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    with served(site.parent) as root:
        page.goto(f"{root}site/")
        await_network(page)
    page.reload()
    await_network(page)
    drop(page, album / "album" / "gray.png")
    await_end(page, "1 coloured.")
    context.close()


def test_the_first_load_is_small(site):
    entry = json.loads((site / "site.json").read_text())
    parts = [entry["model"], *(each["binary"] for each in entry["runtimes"].values())]
    for part in parts:
        assert (site / part["file"]).stat().st_size == part["bytes"]
    assert sum(part["bytes"] for part in parts[:2]) < 25e6
