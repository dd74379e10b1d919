"""Models as they are written for the Hugging Face Hub, and uploaded where told."""

import hashlib
import json
import subprocess

import fake_hub
import keras
import numpy as np
import pytest
from command_line import run as colorkit_command
from exported_models import classifying_model, small_model

import colorkit
from colorkit.choices import STYLE_NAMES
from colorkit.export.publish import publish_model

FILES = ("README.md", "SHA256SUMS", "config.json", "metadata.json", "model.weights.h5")
TO = "hf://ada/portraits"


@pytest.fixture(scope="module")
def small():
    return small_model()


@pytest.fixture
def run(small, tmp_path):
    """The folder of a run whose second epoch was the best, with paths and names of the user's."""
    folder = tmp_path / "runs" / "first"
    folder.mkdir(parents=True)
    small.save(folder / "model.keras")
    record = {
        "recipe": {
            "name": "vgg16",
            "model": "vgg16",
            "learning_rate": 3e-4,
            "start_from": "/home/ada/secret/start.keras",
            "patience": None,
            "monitor": "val_psnr",
            "keep": "best",
        },
        "seed": 7,
        "precision": "float32",
        "photographs": {"number": 1234, "sha256": "0" * 64},
        "starts": [
            {
                "versions": {"backend": "tensorflow", "keras": "3.12.0"},
                "hardware": {"cpu": "EPYC", "cores": 2, "gpus": ["H100, 80 GiB"]},
            }
        ],
    }
    (folder / "recipe.json").write_text(json.dumps(record))
    (folder / "log.csv").write_text("epoch,val_psnr\n0,20.5\n1,23.25\n2,22\n")
    (folder / "split.csv").write_text("file,part\ngrandmother.jpg,train\n")
    (folder / "samples.png").write_bytes(b"photographs")
    return folder


def test_keras_loads_the_folder_whose_checksums_are_right(run, small):
    publication = publish_model(run, TO)
    folder = run / "hub"
    assert (publication.folder, publication.files, publication.url) == (folder, FILES, None)
    loaded = keras.saving.load_model(folder, safe_mode=True)
    lightness = np.full((1, 32, 32, 1), 50, "float32")
    np.testing.assert_array_equal(loaded(lightness), small(lightness))
    assert colorkit.Colorizer(folder).model.count_params() == small.count_params()
    sums = dict(line.split()[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert set(sums) == {"config.json", "metadata.json", "model.weights.h5"}
    for name, digest in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_the_card_tells_how_it_was_trained_and_nothing_private(run):
    publish_model(run, TO, licence="Apache-2.0")
    card = (run / "hub" / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlibrary_name: keras\npipeline_tag: image-to-image\n")
    assert "\nlicense: apache-2.0\n" in card and "| licence | apache-2.0 |" in card
    assert "# portraits\n" in card
    assert (
        "| architecture | colorkit's `vgg16`: Frozen VGG16 trunk and a decoder (report 4.2) |"
        in card
    )
    assert "| parameters | 10,146 |" in card
    assert "| size in pixels | any, in multiples of 32 |" in card
    assert 'from_preset("hf://ada/portraits")' in card
    assert "3 epochs on 1,234 photographs" in card and "seed 7" in card
    assert "2 cores of EPYC, H100, 80 GiB." in card
    assert "| PSNR (dB) | 23.25 |" in card
    assert '"learning_rate": 0.0003' in card and '"start_from": "start.keras"' in card
    assert "patience" not in card and "secret" not in card and "grandmother" not in card


def test_the_card_of_the_last_epoch_and_of_styles(run, small):
    record = json.loads((run / "recipe.json").read_text())
    record["recipe"]["keep"] = "last"
    (run / "recipe.json").write_text(json.dumps(record))
    publish_model(run, TO)
    assert "| PSNR (dB) | 22.00 |" in (run / "hub" / "README.md").read_text(encoding="utf-8")
    (run / "hub" / "README.md").unlink()
    classifying_model().save(run / "model.keras")
    publish_model(run, TO)
    card = (run / "hub" / "README.md").read_text(encoding="utf-8")
    assert f"| styles | {', '.join(STYLE_NAMES)} |\n| licence | none is stated |" in card


def test_a_file_alone_has_a_card_without_training(run, tmp_path):
    (run / "model.keras").rename(run / "other.keras")
    folder = tmp_path / "out"
    publish_model(run / "other.keras", TO, folder)
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "| architecture | small |" in card and "is not recorded" in card
    assert "1,234" not in card


def test_an_edited_card_is_kept(run):
    publish_model(run, TO)
    (run / "hub" / "README.md").write_text("mine")
    again = publish_model(run, TO)
    assert again.card_was_kept
    assert (run / "hub" / "README.md").read_text() == "mine"


def test_other_folders_are_not_touched(run, tmp_path):
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "private.jpg").touch()
    with pytest.raises(ValueError, match="new folder.*holds other files"):
        publish_model(run, TO, tmp_path / "holiday")
    with pytest.raises(ValueError, match="new folder"):
        publish_model(run, TO, run / "log.csv")


@pytest.mark.parametrize("to", ["ada/portraits", "hf://portraits", "hf://a/b/c", "hf://../x"])
def test_addresses(run, to):
    with pytest.raises(ValueError, match="must be hf://owner/name. Received: "):
        publish_model(run, to)


@pytest.mark.parametrize("model", ["colorkit_base", "hf://ada/portraits", "none"])
def test_what_is_no_saved_model(model):
    with pytest.raises(ValueError, match=f"folder of a training run .*Received: '{model}'"):
        publish_model(model, TO)


def test_models_and_licences_that_are_none(run):
    with pytest.raises(ValueError, match="'apache-2.0', .* Received: 'my own'"):
        publish_model(run, TO, licence="My own")
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]).save(run / "model.keras")
    with pytest.raises(ValueError, match="Expected a colorkit model"):
        publish_model(run, TO)
    assert not (run / "hub").exists()


def test_a_model_that_keras_saves_with_other_weights_is_not_published(run, monkeypatch):
    save = keras.saving.save_model

    def save_anew(model, path, zipped):
        save(keras.models.clone_model(model), path, zipped=zipped)

    monkeypatch.setattr(keras.saving, "save_model", save_anew)
    with pytest.raises(ValueError, match="without all of its weights: not published"):
        publish_model(run, TO)
    assert not (run / "hub").exists()


def test_nothing_is_uploaded_unless_told(hub, run, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", fake_hub.TOKEN)
    publish_model(run, TO)
    assert hub.asked == []


def test_uploading_needs_the_users_token(hub, run):
    with pytest.raises(ValueError, match="log in with `hf auth login`, or set .* HF_TOKEN"):
        publish_model(run, TO, upload=True)
    assert hub.asked == [] and not (run / "hub").exists()


def test_what_is_uploaded_is_loaded_from_there(hub, run, small, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", fake_hub.TOKEN)
    publication = publish_model(run, TO, upload=True)
    assert publication.url == f"{hub.url}/ada/portraits"
    on_disk = {name: (run / "hub" / name).read_bytes() for name in FILES}
    assert hub.repositories == {"ada/portraits": on_disk}
    assert hub.tokens == {fake_hub.TOKEN} and not hub.private
    loaded = keras.saving.load_model(TO)
    np.testing.assert_array_equal(loaded.get_weights()[0], small.get_weights()[0])


def test_a_hub_that_refuses(hub, run, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_of_another")
    with pytest.raises(OSError, match="not uploaded, while .*hub is whole: .*says: .*401"):
        publish_model(run, TO, upload=True)
    assert (run / "hub" / "README.md").is_file() and not hub.repositories


def test_the_command_uploads_only_with_the_word(hub, run, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", fake_hub.TOKEN)
    words = ["publish", run, "--to", TO, "--licence", "mit", "-o", run / "mine"]
    assert colorkit_command(*words) == 0
    printed = capsys.readouterr().out
    assert all(f"{run / 'mine' / name}\n" in printed for name in FILES)
    assert "Nothing was uploaded. Look at" in printed and hub.asked == []
    assert colorkit_command(*words, "--upload", "--private") == 0
    printed = capsys.readouterr().out
    assert "The card was there and is kept" in printed
    assert f"Uploaded to {hub.url}/ada/portraits" in printed
    assert hub.private == {"ada/portraits"}
    assert colorkit_command("publish", run, "--to", "portraits") == 2
    assert "must be hf://owner/name" in capsys.readouterr().err


def test_the_checksums_are_understood_by_sha256sum(run):
    publish_model(run, TO)
    words = ["sha256sum", "-c", "SHA256SUMS"]
    try:
        done = subprocess.run(words, cwd=run / "hub", capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no sha256sum here")
    assert done.returncode == 0, done.stdout
