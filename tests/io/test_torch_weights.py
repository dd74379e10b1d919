"""Reading PyTorch's files: the tensors as they were, and nothing else."""

import os

import numpy as np
import pytest
from torch_files import write_torch_weights

from colorkit.io.torch_weights import read_torch_weights

ARRAYS = {
    "kernel": np.arange(24, dtype="float32").reshape(2, 3, 4),
    "mean": np.array([0.5, -1.5], "float64"),
    "count": np.array(7, "int64"),
}


def test_tensors_are_read_as_they_were(tmp_path, monkeypatch):
    write_torch_weights(tmp_path / "weights.pth", ARRAYS, monkeypatch)
    read = read_torch_weights(tmp_path / "weights.pth")
    assert read.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(read[name], array)
        assert read[name].dtype == array.dtype


class Hostile:
    def __reduce__(self):
        return os.mkdir, ("made_by_a_pickle",)


def test_another_class_is_refused_and_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_torch_weights("weights.pth", ARRAYS, monkeypatch, further=[("evil", Hostile())])
    with pytest.raises(ValueError, match=f"it asks for {os.mkdir.__module__}.mkdir"):
        read_torch_weights("weights.pth")
    assert not os.path.exists("made_by_a_pickle")


@pytest.mark.parametrize("kept", [0, 1, 40, 0.5, 0.99])
def test_another_file_or_a_part_of_one_is_refused(tmp_path, monkeypatch, kept):
    path = tmp_path / "weights.pth"
    write_torch_weights(path, ARRAYS, monkeypatch)
    data = path.read_bytes()
    path.write_bytes(data[: kept if isinstance(kept, int) else int(kept * len(data))])
    with pytest.raises(ValueError, match="expected tensors that PyTorch saved"):
        read_torch_weights(path)


def test_pytorchs_newer_format_is_refused_with_the_way_out(tmp_path):
    (tmp_path / "new.pth").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(ValueError, match="_use_new_zipfile_serialization=False"):
        read_torch_weights(tmp_path / "new.pth")
