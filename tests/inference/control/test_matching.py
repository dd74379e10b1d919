"""Correspondence, against a search by hand and on features whose matches are known."""

import numpy as np
import pytest

from colorkit.inference.control.matching import LEAST_AGREEMENT, describe_cells, match_cells


@pytest.fixture(scope="module")
def scene():
    """Features of a scene of 10 x 24 cells, of which no two are alike."""
    return np.random.default_rng(0).normal(size=(10, 24, 32)).astype("float32")


def descriptors(features):
    return describe_cells([features])


def test_descriptors_are_centred_and_of_length_one(scene):
    coarse = np.random.default_rng(1).normal(5, 1, (5, 12, 700)).astype("float32")
    cells = describe_cells([scene + 3, coarse])
    assert cells.shape == (10, 24, 732)
    np.testing.assert_allclose(np.linalg.norm(cells, axis=-1), 1, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(cells[..., :32], axis=-1), 0.5**0.5, atol=1e-5)
    centred = scene - scene.mean((0, 1))
    own = centred / np.linalg.norm(centred, axis=-1, keepdims=True)
    np.testing.assert_allclose(cells[..., :32] * 2**0.5, own, atol=1e-5)


def test_what_two_pictures_share_is_matched(scene):
    """Two windows onto the scene, of which half is the same, six cells further left."""
    left, right = (describe_cells([scene[:, part]]) for part in (np.s_[:12], np.s_[6:18]))
    found = match_cells(left, right)
    rows, columns = np.indices((10, 12))
    shared = columns >= 6
    np.testing.assert_array_equal(found.cells[shared], (12 * rows + columns - 6)[shared])
    assert (found.confidence[shared] > 0.9).all()
    assert (found.confidence[~shared] == 0).all()


def test_unrelated_pictures_match_nowhere(scene):
    other = np.random.default_rng(9).normal(size=(8, 8, 32)).astype("float32")
    assert not match_cells(descriptors(scene), descriptors(other)).confidence.any()


def test_a_few_cells_alike_are_no_evidence(scene):
    other = np.random.default_rng(9).normal(size=scene.shape).astype("float32")
    other[:3, :3] = scene[4:7, 5:8]  # 9 of 240 cells
    assert not match_cells(descriptors(scene), descriptors(other)).confidence.any()


def test_a_cell_that_differs_from_its_neighbours_is_not_trusted(scene):
    """Two cells are exchanged: each has its like, but none of its neighbours goes along."""
    other = scene.copy()
    other[2, 3], other[7, 20] = scene[7, 20], scene[2, 3]
    found = match_cells(descriptors(scene), descriptors(other))
    assert found.cells[2, 3] == 7 * 24 + 20 and LEAST_AGREEMENT > 0
    assert found.confidence[2, 3] == found.confidence[7, 20] == 0
    assert (found.confidence > 0.9).mean() > 0.95


def test_large_pictures_are_compared_in_parts(scene, monkeypatch):
    whole = match_cells(descriptors(scene), descriptors(scene[:, ::-1]))
    monkeypatch.setattr("colorkit.inference.control.matching._LARGEST_TABLE", 1000)
    parts = match_cells(descriptors(scene), descriptors(scene[:, ::-1]))
    np.testing.assert_array_equal(whole.cells, parts.cells)
    np.testing.assert_allclose(whole.confidence, parts.confidence, atol=1e-5)
