"""Splits are complete, keep groups together, and are the same on every machine."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.data.split import check_shares, split_photos

NAN, INF = float("nan"), float("inf")


@given(st.integers(0, 200), st.integers(0, 10))
@settings(deadline=None)
def test_split_is_80_10_10_and_complete(number, seed):
    split = split_photos([f"{row}.jpg" for row in range(number)], seed)
    assert sorted(np.concatenate(list(split.values()))) == list(range(number))
    assert abs(len(split["train"]) - 0.8 * number) <= 1
    assert abs(len(split["test"]) - 0.1 * number) <= 1


def test_split_depends_on_names_and_seed_alone():
    names = [f"{row}.jpg" for row in range(50)]
    parts = {names[row] for row in split_photos(names)["test"]}
    backwards = names[::-1]
    assert parts == {backwards[row] for row in split_photos(backwards)["test"]}
    assert parts != {names[row] for row in split_photos(names, seed=1)["test"]}


@given(
    sizes=st.lists(st.integers(1, 5), max_size=60),
    seed=st.integers(0, 5),
    shuffle=st.randoms(use_true_random=False),
)
def test_groups_stay_together(sizes, seed, shuffle):
    groups = [number for number, size in enumerate(sizes) for _ in range(size)]
    shuffle.shuffle(groups)
    names = [f"{row}.jpg" for row in range(len(groups))]
    split = split_photos(names, seed, groups=groups)
    assert sorted(np.concatenate(list(split.values()))) == list(range(len(groups)))
    found = [{groups[row] for row in rows} for rows in split.values()]
    assert sum(map(len, found)) == len(set(groups)), "none in two parts"
    largest = max(sizes, default=0)
    for part, share in zip(split.values(), (80, 10, 10), strict=True):
        assert abs(len(part) - share * len(groups) / 100) <= 1 + largest


def test_groups_of_one_change_nothing():
    names = [f"{row}.jpg" for row in range(99)]
    plain, grouped = (split_photos(names, 2, groups=each) for each in (None, range(99)))
    assert all((grouped[part] == plain[part]).all() for part in plain)


def test_the_first_of_a_part_are_a_random_sample():
    test = split_photos([f"{row:04d}.jpg" for row in range(1000)])["test"]
    assert 250 < np.mean(test[:30]) < 750 and (np.diff(test) < 0).any()


@given(
    st.integers(0, 300),
    st.integers(0, 5),
    st.tuples(st.integers(0, 100), st.integers(0, 100)).map(sorted),
)
@settings(deadline=None)
def test_any_shares_are_met_and_nothing_is_lost(number, seed, cuts):
    shares = (cuts[0], cuts[1] - cuts[0], 100 - cuts[1])
    split = split_photos([f"{row}.jpg" for row in range(number)], seed, shares)
    assert sorted(np.concatenate(list(split.values()))) == list(range(number))
    for part, share in zip(split.values(), shares, strict=True):
        assert abs(len(part) - share * number / 100) <= 1
        assert share or not len(part)


@pytest.mark.parametrize(
    "shares",
    [(80, 10), (90, 10, 10), (-10, 100, 10), (50, 25, 24.9), (NAN, 50, 50), (INF, 0, -INF)],
)
def test_shares_that_make_no_whole_are_an_error(shares):
    with pytest.raises(ValueError, match="three percentages, .*that make 100. Received: "):
        check_shares(shares)
    with pytest.raises(ValueError, match="three percentages"):
        split_photos(["a", "b"], shares=shares)
