"""What colorkit ships trained: the table, the files, and their checksums."""

import hashlib

import pytest

from colorkit.models import weight_files
from colorkit.models.load import load_model
from colorkit.models.registry import describe
from colorkit.models.weight_files import SHIPPED_WEIGHTS, shipped_file, weights_folder


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED_WEIGHTS)
def test_the_table_is_true_of_the_files_and_the_models(name):
    weights = SHIPPED_WEIGHTS[name]
    for suffix, sha256 in weights.sha256.items():
        file = weights_folder() / f"{name}{suffix}"
        assert hashlib.sha256(file.read_bytes()).hexdigest() == sha256, file.name
    assert describe(name).trainable_parameters == weights.parameters
    card = (weights_folder() / weights.card).read_text(encoding="utf-8")
    assert f"{weights.parameters:,}" in card and weights.licence in card
    assert all(f"`{style}`" in card for style in weights.styles)


def test_every_file_of_weights_is_in_the_table():
    files = {path.name for path in weights_folder().iterdir() if path.suffix != ".md"}
    table = {
        f"{name}{suffix}" for name, weights in SHIPPED_WEIGHTS.items() for suffix in weights.sha256
    }
    assert files - {"__init__.py", "__pycache__"} == table


@pytest.mark.slow
def test_a_damaged_file_is_told_by_its_checksum(tmp_path, monkeypatch):
    whole = shipped_file(".weights.h5").read_bytes()
    damaged = tmp_path / "colorkit_base.weights.h5"
    damaged.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    monkeypatch.setattr(weight_files, "weights_folder", lambda: tmp_path)
    with pytest.raises(ValueError, match="expected the weights that colorkit ships.*is damaged"):
        load_model("colorkit_base")
    damaged.write_bytes(whole)
    assert load_model("colorkit_base").name == "colorkit_base"


def test_a_file_that_is_not_shipped_need_not_be_there():
    assert not shipped_file(".tflite").exists()
