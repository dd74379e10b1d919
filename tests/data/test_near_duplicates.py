"""Copies of a picture are found, other pictures are not."""

import io
import math

import cv2
import numpy as np
import pytest
import skimage.data
from drawn_files import pillow_file
from drawn_photos import draw_photo
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from colorkit.data.filters import make_thumbnail
from colorkit.data.near_duplicates import (
    LARGEST_DISTANCE,
    find_originals,
    group_near_duplicates,
    hash_picture,
)

PHOTOS = ("astronaut", "chelsea", "coffee", "rocket", "retina", "hubble_deep_field")


def hash_photo(rgb):
    return hash_picture(make_thumbnail(rgb))


def resized(rgb, scale):
    return cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def as_jpeg(rgb, quality):
    return np.asarray(Image.open(io.BytesIO(pillow_file(rgb, "JPEG", quality=quality))))


COPIES = {
    "half the size": lambda rgb: resized(rgb, 0.5),
    "a fifth of the size": lambda rgb: resized(rgb, 0.2),
    "JPEG of quality 30": lambda rgb: as_jpeg(rgb, 30),
    "mirrored": lambda rgb: np.ascontiguousarray(rgb[:, ::-1]),
    "mirrored, half the size, JPEG": lambda rgb: as_jpeg(resized(rgb, 0.5)[:, ::-1], 60),
    "brighter": lambda rgb: np.clip(rgb * 1.1 + 8, 0, 255).astype(np.uint8),
    "a pixel cut off at each side": lambda rgb: rgb[1:-1, 1:-1],
}


@pytest.mark.parametrize("change", COPIES.values(), ids=COPIES)
def test_copies_are_found(change):
    photos = [getattr(skimage.data, name)() for name in PHOTOS]
    photos += [change(rgb) for rgb in photos]
    hashes, mirrored = zip(*map(hash_photo, photos), strict=True)
    n = len(PHOTOS)
    assert find_originals(hashes, mirrored).tolist() == [-1] * n + list(range(n))


def test_other_pictures_are_kept():
    photos = [getattr(skimage.data, name)() for name in PHOTOS]
    photos += [draw_photo(number) for number in range(300)]
    hashes, mirrored = zip(*map(hash_photo, photos), strict=True)
    assert (find_originals(hashes, mirrored) == -1).all()


def find_by_comparing_all(hashes, mirrored):
    """The definition, each photograph with all before it."""
    originals = []
    for row, candidate in enumerate(hashes):
        near = (
            earlier
            for earlier in range(row)
            if originals[earlier] == -1
            and min(
                (hashes[earlier] ^ candidate).bit_count(),
                (mirrored[earlier] ^ candidate).bit_count(),
            )
            <= LARGEST_DISTANCE
        )
        originals.append(next(near, -1))
    return originals


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.lists(st.integers(0, 63), max_size=12)),
        max_size=60,
    )
)
@settings(deadline=None, max_examples=100)
def test_the_index_finds_what_comparing_all_finds(pictures):
    random = np.random.default_rng(0)
    centers = [int(each) for each in random.integers(0, 2**64, 4, dtype=np.uint64)]
    hashes, mirrored = [], []
    for center, mirror, bits in pictures:
        flips = 0
        for bit in bits:
            flips ^= 1 << bit
        hashes.append(centers[center] ^ flips)
        mirrored.append(centers[mirror] ^ (flips >> 1))
    assert find_originals(hashes, mirrored).tolist() == find_by_comparing_all(hashes, mirrored)


def test_hashes_at_every_distance_up_to_the_largest_are_found():
    random = np.random.default_rng(1)
    for distance in range(LARGEST_DISTANCE + 4):
        hashes = []
        for _ in range(40):
            first = int(random.integers(0, 2**64, dtype=np.uint64))
            other = first
            for bit in random.choice(64, distance, replace=False):
                other ^= 1 << int(bit)
            hashes += [first, other]
        originals = find_originals(hashes, [0] * len(hashes)).tolist()
        assert originals[::2] == [-1] * 40
        found = list(range(0, 80, 2)) if distance <= LARGEST_DISTANCE else [-1] * 40
        assert originals[1::2] == found


def test_groups_of_like_pictures_are_found_as_by_comparing_all():
    random = np.random.default_rng(2)
    centers = random.integers(0, 2**64, 20, dtype=np.uint64)
    flips = [sum(1 << int(bit) for bit in random.integers(0, 64, 7)) for _ in range(200)]
    hashes = [int(centers[row % 20]) ^ flip for row, flip in enumerate(flips)]
    found = find_originals(hashes, [0] * 200).tolist()
    assert found == find_by_comparing_all(hashes, [0] * 200)
    assert sum(original >= 0 for original in found) > 10


@pytest.mark.parametrize("photos", [1, 1000, 60_000, 400_000, 5_000_000, 10**9])
def test_no_pair_is_missed_as_if_among_many(photos, monkeypatch):
    """The more there are, the fewer and wider are the bands that hashes are cut into."""
    random = np.random.default_rng(3)
    originals = random.integers(0, 2**64, 1000, dtype=np.uint64)
    flips = []
    for row in range(len(originals)):
        # As far as may be from the original, by bits that lie anywhere, evenly or together.
        bits = (
            random.choice(64, LARGEST_DISTANCE, replace=False),
            np.arange(0, 64, 64 // LARGEST_DISTANCE) + row % LARGEST_DISTANCE,
            (np.arange(LARGEST_DISTANCE) + row) % 64,
        )[row % 3]
        flips.append(sum(1 << int(bit) for bit in bits))
    hashes = np.concatenate([originals, originals ^ np.array(flips, "uint64")])
    doublings = math.log2(photos + 2)
    monkeypatch.setattr(math, "log2", lambda _: doublings)
    found = find_originals(hashes, np.zeros(len(hashes), "uint64"))
    assert found.tolist() == [-1] * 1000 + list(range(1000))


def test_a_great_many_copies_of_one_picture():
    assert (find_originals([7] * 50_000, [9] * 50_000)[1:] == 0).all()


def test_none():
    assert find_originals([], []).shape == (0,)


STEP = st.tuples(st.sets(st.integers(0, 63), max_size=9), st.booleans())


@given(walks=st.lists(st.lists(STEP, max_size=6), max_size=8), seed=st.integers(0, 9))
def test_groups_are_those_that_steps_of_few_bits_connect(walks, seed):
    """Compared with a search that visits all neighbours of each, one after another."""
    random = np.random.default_rng(seed)
    mirror = 0x5555555555555555  # Mirroring changes the sign of every other column of frequencies.
    hashes = []
    for walk in walks:
        value = int(random.integers(0, 2**64, dtype=np.uint64))
        for flips, is_mirrored in [(set(), False), *walk]:
            value ^= sum(1 << bit for bit in flips) ^ (mirror if is_mirrored else 0)
            hashes.append(value)
    found = group_near_duplicates(hashes, [value ^ mirror for value in hashes])

    def near(one, other):
        between = hashes[one] ^ hashes[other]
        return min(bin(each).count("1") for each in (between, between ^ mirror)) <= LARGEST_DISTANCE

    expected = np.full(len(hashes), -1)
    for start in range(len(hashes)):
        waiting = [start] if expected[start] < 0 else []
        while waiting:
            place = waiting.pop()
            expected[place] = start
            waiting += [n for n in range(len(hashes)) if expected[n] < 0 and near(place, n)]
    np.testing.assert_array_equal(found, expected)
