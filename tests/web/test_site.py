"""The folder that `colorkit web` writes."""

import gzip
import json
import re

import pytest
from command_line import run
from exported_models import classifying_model, hinted_model

from colorkit.export.exporter import export_model
from colorkit.models.weight_files import COLORKIT_HINTS, shipped_file
from colorkit.web import site as site_module
from colorkit.web.runtime_package import RUNTIMES
from colorkit.web.site import write_site

FILES = {name: name.encode() for both in RUNTIMES.values() for name in both}


@pytest.fixture(autouse=True)
def small_runtimes(monkeypatch):
    """ONNX Runtime for browsers in a few bytes."""
    pytest.importorskip("onnxruntime", reason="a site's model is checked by ONNX Runtime")
    monkeypatch.setattr(site_module, "read_runtimes", lambda source: FILES)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("onnxruntime", reason="a site's model is checked by ONNX Runtime")
    folder = tmp_path_factory.mktemp("host") / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site_module, "read_runtimes", lambda source: FILES)
        written = write_site(folder)
    assert written.folder == folder
    assert 0 < written.first_load["wasm"] < written.megabytes
    return folder


def read(site, name):
    return (site / name).read_text(encoding="utf-8")


def test_it_holds_the_model_and_both_runtimes(site):
    entry = json.loads(read(site, "site.json"))
    packed = (site / entry["model"]["file"]).read_bytes()
    assert gzip.decompress(packed) == shipped_file(".onnx").read_bytes()
    assert (entry["model"]["bytes"], entry["model"]["stride"]) == (len(packed), 4)
    assert entry["model"]["styles"] == ["faithful", "balanced", "vivid"]
    packed = (site / entry["hinted_model"]["file"]).read_bytes()
    assert gzip.decompress(packed) == shipped_file(".onnx", COLORKIT_HINTS).read_bytes()
    for runtime in entry["runtimes"].values():
        binary = runtime["binary"]["file"]
        assert gzip.decompress((site / binary).read_bytes()) == binary[:-3].encode()
        assert read(site, runtime["script"]) == runtime["script"]


def test_every_file_that_is_named_is_there(site):
    named = set(re.findall(r'(?:href|src)="([^"]+)"', read(site, "index.html")))
    for script in site.glob("*.js"):
        named.update(re.findall(r'from "\./([^"]+)"', script.read_text(encoding="utf-8")))
    kept = re.search(r"SMALL_FILES = (\[.*?\])", read(site, "service_worker.js"))[1]
    named.update(json.loads(kept))
    assert {"page.js", "chroma.js", "icon.png", "licences.txt"} <= named
    assert all((site / name).is_file() for name in named)
    own = {path.name for path in site.glob("*.js")} - {"service_worker.js"}
    assert own <= set(json.loads(kept))


def test_nothing_comes_from_elsewhere(site):
    for path in (*site.glob("*.js"), *site.glob("*.html"), *site.glob("*.css")):
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"https?://(?!www\.w3\.org/)", text), path.name
        assert not re.findall(r"{{[A-Z_]+}}", text), path.name
    for name in ("index.html", "service_worker.js"):
        assert "default-src 'none'" in read(site, name)


def test_licences_are_there(site):
    text = read(site, "licences.txt")
    for words in ("Apache License", "EfficientNet-Lite1", "Copyright (c) Microsoft", "THIRD PARTY"):
        assert words.lower() in text.lower()


def test_a_new_version_has_a_new_name_and_other_files_stay(site, tmp_path, monkeypatch):
    folder = tmp_path / "site"
    write_site(folder)
    first = read(folder, "service_worker.js")
    assert first == read(site, "service_worker.js")
    (folder / "CNAME").write_text("example.org")
    monkeypatch.setattr(site_module, "DEFAULT_SIZE", 128)
    write_site(folder)
    assert read(folder, "service_worker.js") != first
    assert read(folder, "CNAME") == "example.org"


def test_a_folder_of_others_is_left_alone(tmp_path, capsys):
    (tmp_path / "index.html").write_text("mine")
    assert run("web", "-o", tmp_path) == 2
    assert "expected a folder that is empty, missing, or a site" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_a_model_that_is_none_is_refused(tmp_path, capsys):
    (tmp_path / "model.onnx").write_bytes(b"no model")
    assert run("web", "-o", tmp_path / "site", "--model", tmp_path / "model.onnx") == 2
    assert "expected an ONNX model" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("two_verified_photos")
def test_the_model_of_hints_is_apart_from_the_first_load(tmp_path, capsys):
    path, folder = tmp_path / "hints.onnx", tmp_path / "site"
    export_model(hinted_model(), path, "onnx")
    for words, message in (
        (("--hints", path), "expected a model of the other's input, stride and styles"),
        (("--hints", shipped_file(".onnx")), "that takes hints. Received: 'colorkit_base'"),
        (("--model", path), "expected a model that colours without hints. Received: 'hinted'"),
    ):
        assert run("web", "-o", folder, *words) == 2
        assert message in capsys.readouterr().err
    plain = tmp_path / "plain.onnx"
    export_model(classifying_model(), plain, "onnx")
    written = write_site(folder, plain)
    assert json.loads(read(folder, "site.json"))["hinted_model"] is None
    hinted = write_site(folder, plain, hinted_model=path)
    entry = json.loads(read(folder, "site.json"))["hinted_model"]
    packed = (folder / entry["file"]).read_bytes()
    assert (gzip.decompress(packed), len(packed)) == (path.read_bytes(), entry["bytes"])
    assert hinted.first_load["wasm"] - written.first_load["wasm"] < 1e-3
    assert (written.first_hint, hinted.first_hint) == (None, len(packed) / 1e6)
    assert hinted.megabytes > written.megabytes


def test_the_command_says_what_it_wrote(tmp_path, capsys):
    assert run("web", "-o", tmp_path / "site") == 0
    assert re.search(r"first load: \d+\.\d MB", capsys.readouterr().out)
