"""Headless Chromium for tests of pages, by Playwright."""

import contextlib
import shutil

import psutil
import pytest

SECONDS = 1000  # in milliseconds
PATIENCE = 180 * SECONDS
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
)
"""Options under which Chromium asks for nothing by itself."""


@contextlib.contextmanager
def launched_chromium(*options):
    """Yields a Playwright browser; skips the test where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    with sync_api.sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        try:
            browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *options])
        except sync_api.Error as error:
            pytest.skip(f"there is no Chromium: {error.message.splitlines()[0]}")
        yield browser
        browser.close()


def memory_of_pages():
    """Returns the bytes that only the pages of Chromium use, with their workers and WebAssembly."""
    started = psutil.Process().children(recursive=True)
    renderers = [each for each in started if "--type=renderer" in " ".join(each.cmdline())]
    return sum(each.memory_full_info().uss for each in renderers)
