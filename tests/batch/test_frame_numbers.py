"""Which numbered pictures belong to one film."""

from pathlib import Path

import pytest

from colorkit.batch.frame_numbers import (
    describe_gaps,
    expand_patterns,
    find_gaps,
    group_frames,
    order_frames,
)
from colorkit.batch.plan import PlannedPhoto


def plan(*names):
    return [PlannedPhoto(Path(name), Path("out", name)) for name in names]


def names_of(groups):
    return {
        name: [(number, photo.source.name) for number, photo in frames]
        for name, frames in groups.items()
    }


def test_frames_are_in_the_order_of_their_numbers():
    photos = plan("f/a_10.png", "f/a_9.png", "f/a_0011.png", "f/a_1.png")
    assert [photo.source.name for photo in order_frames(photos)] == [
        "a_1.png", "a_9.png", "a_10.png", "a_0011.png",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        (["s2_0010.png", "s2_0011.png", "s3_0010.png", "s3_0011.png"], ["s2_#.png", "s3_#.png"]),
        (["0001_v2.png", "0002_v2.png"], ["#_v2.png"]),
        (["a1.png", "a2.png", "a1.tif", "b/a1.png"], ["a#.png", "a#.tif", "b/a#.png"]),
        (["poster.png", "1.png", "2.png"], ["poster.png", "#.png"]),
        (["take7.png"], ["take#.png"]),
    ],
)
def test_other_names_and_folders_are_other_films(names, groups):
    found = group_frames(plan(*names))
    assert list(found) == groups
    assert sum(map(len, found.values())) == len(names)


def test_pages_follow_each_other():
    page = [PlannedPhoto(Path("a_1.tif"), Path(f"{n}.tif"), page=n) for n in (1, 0)]
    assert [photo.page for photo in order_frames([*page, *plan("a_2.tif")])] == [0, 1, None]


@pytest.mark.parametrize(
    ("numbers", "gaps"),
    [
        ([1, 2, 3], []),
        ([1, 2, 3, 7, 8, 10], [(3, 7), (8, 10)]),
        ([0, 10, 20, 40], [(20, 40)]),
        ([5], []),
        ([5, 5, 6], []),
    ],
)
def test_gaps(numbers, gaps):
    assert find_gaps(numbers) == gaps


def test_many_gaps_are_a_line():
    words = describe_gaps([(n, n + 2) for n in range(0, 100, 10)])
    assert words.startswith("no pictures between 0 and 2, 10 and 12, ")
    assert words.endswith("50 and 52 and 4 more gaps")


def test_patterns(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("odd#1.png").touch()
    given = ["a[1]_%05d.dpx", "b/c####.tif", "d%d.png", "album", "odd#1.png"]
    digit = "[0-9]"
    assert expand_patterns(given) == [
        f"a[[]1]_{digit * 5}.dpx",
        f"b/c{digit * 4}.tif",
        f"d{digit}*.png",
        "album",
        "odd#1.png",
    ]
