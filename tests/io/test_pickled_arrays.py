"""Pickles of arrays, and pickles that would do something else."""

import os
import pickle

import numpy as np
import pytest

from colorkit.io.pickled_arrays import read_pickled_arrays

pytestmark = pytest.mark.any_backend


class Attack:
    def __reduce__(self):
        return os.mkdir, ("attacked",)


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(content):
        (tmp_path / "arrays").write_bytes(content)
        return tmp_path / "arrays"

    return write


@pytest.mark.parametrize("protocol", (3, 4))
def test_nested_arrays_come_back(write, protocol):
    arrays = {"a": {"kernel": np.arange(6.0).reshape(2, 3)}, "b": np.array([1, 2], "int16")}
    read = read_pickled_arrays(write(pickle.dumps(arrays, protocol)))
    np.testing.assert_array_equal(read["a"]["kernel"], arrays["a"]["kernel"])
    np.testing.assert_array_equal(read["b"], arrays["b"])
    assert read["b"].dtype == np.int16


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps({"a": Attack()}),
        pickle.dumps({"a": np.array([Attack()])}),
        pickle.dumps({"a": print}),
        pickle.dumps({"a": "text"}),
        pickle.dumps({1: np.zeros(2)}),
        pickle.dumps({"a": np.array(["text"])}),
        pickle.dumps({"a": np.zeros(9)})[:-20],
        b"",
        b"not a pickle",
    ],
)
def test_anything_else_is_refused(write, tmp_path, content):
    path = write(content)
    with pytest.raises(
        ValueError, match="arrays: expected .* of NumPy arrays|numeric NumPy arrays"
    ):
        read_pickled_arrays(path)
    assert not (tmp_path / "attacked").exists()
