"""Steady colour: flicker falls, edges stay, cuts and occlusions start anew; and flicker itself."""

import cv2
import numpy as np
import pytest
import skimage.color
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.video.flicker import chroma_flicker
from colorkit.video.optical_flow import Motion, is_inside, resize_flow, warp
from colorkit.video.stabilizer import MEMORY, ChromaStabilizer


@pytest.fixture(scope="module")
def photo():
    return cv2.GaussianBlur(skimage.data.astronaut(), (0, 0), 1)


def panned(photo, count, step=3, size=(192, 256)):
    """Crops that move to the right by `step` pixels a frame."""
    return [photo[40 : 40 + size[0], n * step : n * step + size[1]] for n in range(count)]


def small_maps(frames, noise, seed=0):
    """True a and b at a quarter of the size, with noise that differs from frame to frame."""
    generator = np.random.default_rng(seed)
    for frame in frames:
        lab = cv2.cvtColor(frame.astype("float32") / 255, cv2.COLOR_RGB2Lab)
        small = cv2.resize(lab, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)[..., 1:]
        blur = cv2.GaussianBlur(generator.normal(size=small.shape), (0, 0), 2)
        yield lab[..., 0].copy(), small + np.float32(noise * blur / blur.std())


def test_another_size_starts_anew():
    """Also where the small maps happen to have one size."""
    random = np.random.default_rng(0)
    stabilizer = ChromaStabilizer()
    for shape in ((200, 300), (200, 304), (300, 200)):
        ab = random.normal(size=(48, 72, 2)).astype("float32")
        lightness = random.uniform(0, 100, shape).astype("float32")
        np.testing.assert_array_equal(stabilizer.stabilize(lightness, ab), ab)


def test_noise_falls_and_truth_stays(photo):
    frames = panned(photo, 20)
    wanted = [ab for _, ab in small_maps(frames, 0)]
    stabilizer = ChromaStabilizer()
    alone, steady = [], []
    for lightness, ab in small_maps(frames, 6):
        alone.append(ab)
        steady.append(stabilizer.stabilize(lightness, ab))
    assert stabilizer.cuts == 0
    errors = [
        np.mean([np.abs(ab - true).mean() for ab, true in zip(maps, wanted, strict=True)][8:])
        for maps in (alone, steady)
    ]
    assert errors[1] < 0.55 * errors[0]
    # Without noise, nothing but interpolation changes.
    stabilizer = ChromaStabilizer()
    clean = [stabilizer.stabilize(*each) for each in small_maps(frames, 0)]
    assert np.abs(clean[-1] - wanted[-1]).mean() < 0.2 * np.abs(wanted[-1]).mean()


def test_a_cut_starts_anew(photo):
    other = skimage.data.chelsea()
    stabilizer = ChromaStabilizer()
    for frame in (*panned(photo, 4), *panned(other, 1), *panned(photo, 1)):
        ((lightness, ab),) = small_maps([frame], 0)
        steady = stabilizer.stabilize(lightness, ab)
    assert stabilizer.cuts == 2
    np.testing.assert_array_equal(steady, ab)


def test_a_cut_to_a_scene_as_bright_is_known_by_lost_trust(photo):
    """A scene and its mirror image have one histogram of lightness."""
    (scene,) = panned(photo, 1)
    stabilizer = ChromaStabilizer()
    for frame in (scene, scene[::-1, ::-1]):
        ((lightness, ab),) = small_maps([frame], 0)
        steady = stabilizer.stabilize(lightness, ab)
    assert stabilizer.cuts == 1
    np.testing.assert_array_equal(steady, ab)


def test_exposure_and_noise_are_no_cut(photo):
    generator = np.random.default_rng(0)
    stabilizer = ChromaStabilizer()
    for n, frame in enumerate(panned(photo, 12)):
        lightness = skimage.color.rgb2lab(frame)[..., 0] * (1 + 0.08 * np.sin(n))
        lightness = np.clip(lightness + generator.normal(0, 2, lightness.shape), 0, 100)
        stabilizer.stabilize(lightness.astype("float32"), np.zeros((48, 64, 2), "float32"))
    assert stabilizer.cuts == 0


def test_what_was_hidden_takes_its_own_colour():
    """A red disc leaves a textured ground that is blue."""
    generator = np.random.default_rng(1)
    ground = cv2.GaussianBlur(generator.normal(size=(192, 256)), (0, 0), 3)
    ground = (50 + 12 * ground / ground.std()).clip(0, 100).astype("float32")
    y, x = np.mgrid[:192, :256]
    stabilizer = ChromaStabilizer()
    for n in range(8):
        disc = (x - 60 - 12 * n) ** 2 + (y - 96) ** 2 < 30**2
        lightness = np.where(disc, 90 - 0.2 * np.roll(ground, 12 * n, 1), ground)
        red = cv2.resize(disc.astype("float32"), (64, 48), interpolation=cv2.INTER_AREA)
        ab = np.dstack([60 * red, 40 * red - 40 * (1 - red)])
        steady = stabilizer.stabilize(lightness.astype("float32"), ab)
    left_behind = np.abs(steady - ab).max(axis=-1)[red < 0.01]
    assert np.mean(left_behind > 20) < 0.03
    assert np.abs(steady - ab)[red > 0.99].mean() < 6


def test_memory_of_none_changes_nothing(photo):
    stabilizer = ChromaStabilizer(0)
    for lightness, ab in small_maps(panned(photo, 3), 6):
        np.testing.assert_array_equal(stabilizer.stabilize(lightness, ab), ab)


def test_state_can_be_restored(photo):
    one, other = ChromaStabilizer(), ChromaStabilizer()
    maps = list(small_maps(panned(photo, 6), 6))
    for each in maps[:3]:
        one.stabilize(*each)
    other.state = {key: value.copy() for key, value in one.state.items()}
    for each in maps[3:]:
        np.testing.assert_array_equal(one.stabilize(*each), other.stabilize(*each))


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 12), st.integers(1, 12))
def test_frames_of_any_size(height, width, rows, columns):
    generator = np.random.default_rng(0)
    stabilizer = ChromaStabilizer()
    for _ in range(2):
        lightness = generator.uniform(0, 100, (height, width)).astype("float32")
        ab = generator.normal(size=(rows, columns, 2)).astype("float32")
        steady = stabilizer.stabilize(lightness, ab)
        assert steady.shape == ab.shape
        assert np.isfinite(steady).all()


def test_motion_is_found(photo):
    before, now = (cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in panned(photo, 2, step=5))
    motion = Motion(before, now)
    inner = motion.flow[20:-20, 20:-20]
    assert np.abs(np.median(inner, axis=(0, 1)) - [5, 0]).max() < 0.2
    assert motion.is_reliable[20:-20, 20:-20].mean() > 0.9
    assert not motion.is_reliable[:, -3:].any(), "these came into the picture"
    moved = warp(before.astype("float32"), motion.flow)
    assert np.abs(moved - now)[20:-20, 20:-20].mean() < 2


def test_flow_is_resized_with_its_lengths():
    flow = np.full((8, 16, 2), [4.0, 2.0], "float32")
    np.testing.assert_allclose(resize_flow(flow, (4, 4)), np.full((4, 4, 2), [1.0, 1.0]))


def test_inside():
    flow = np.zeros((2, 3, 2), "float32")
    flow[0, 0] = -1, 0
    flow[1, 2] = 0, 0.4
    assert is_inside(flow).tolist() == [[False, True, True], [True, True, True]]


def test_flicker_of_a_known_change(photo):
    """Chroma that changes by 5 at each frame, along a known flow or a found one."""
    frames = panned(photo, 4)
    shown = []
    for n, frame in enumerate(frames):
        lab = skimage.color.rgb2lab(frame)
        lab[..., 0] = 40 + 0.3 * lab[..., 0]
        lab[..., 1], lab[..., 2] = 3.0 * (n % 2), 4.0 * (n % 2)
        shown.append(np.rint(255 * skimage.color.lab2rgb(lab)).astype("uint8"))
    flow = np.zeros((192, 256, 2), "float32")
    flow[..., 0] = 3
    assert chroma_flicker(shown, [flow] * 3) == pytest.approx(5, abs=0.2)
    assert chroma_flicker(shown) == pytest.approx(5, abs=0.3)
    assert chroma_flicker(shown[::2]) < 0.6
    assert chroma_flicker(frames, [flow] * 3) == pytest.approx(0, abs=1e-6)
    with pytest.raises(ValueError, match="at least two frames"):
        chroma_flicker(shown[:1])


def test_the_default_forgets():
    assert 0 < MEMORY < 1
