"""A reference guides the frames of a video and the photographs of a folder."""

import numpy as np
import pytest
import skimage.data
from drawn_videos import read_video, write_video

from colorkit.cli.main import main
from colorkit.evaluation.baselines import gray_picture
from colorkit.io.photo import Photo
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("default_model_opened_once")]


@pytest.fixture(scope="module")
def panned():
    """Colour frames of 256 x 256 pixels, each shifted by 20 from the last."""
    photo = skimage.data.coffee()[72:328]
    return [np.ascontiguousarray(photo[:, x : x + 256]) for x in range(100, 160, 20)]


def psnr(photos, made):
    return np.mean(
        [
            -10 * np.log10(np.mean((a / 255 - b / 255) ** 2))
            for a, b in zip(photos, made, strict=True)
        ]
    )


def test_a_video_takes_the_colours_of_its_reference_frame(panned, tmp_path):
    clip, frame = tmp_path / "clip.mp4", tmp_path / "frame.png"
    write_video(clip, [gray_picture(each) for each in panned])
    write_photo(frame, Photo(panned[0]))
    made = []
    for name, options in (("plain.mp4", []), ("guided.mp4", ["--reference", str(frame)])):
        assert main(["colorize", str(clip), "-o", str(tmp_path / name), *options]) == 0
        made.append(psnr(panned, read_video(tmp_path / name)[0]))
    assert made[1] > made[0] + 3


def test_a_folder_keeps_the_colours_of_its_first_picture(panned, tmp_path):
    """The first result, whose cup a hint made blue, is the reference of all."""
    for number, frame in enumerate(panned):
        write_photo(tmp_path / "album" / f"{number}.png", Photo(gray_picture(frame)))
    first, album = tmp_path / "first.png", str(tmp_path / "album")
    hints = ["--hint", "40,220,#2040b0", "--hint", "60,160,#2040b0"]
    assert main(["colorize", f"{album}/0.png", "-o", str(first), *hints]) == 0
    blueness = []
    for name, options in (("plain", []), ("guided", ["--reference", str(first)])):
        assert main(["colorize", album, "-o", str(tmp_path / name), *options]) == 0
        others = [read_photo(tmp_path / name / f"{n}.png").pixels.astype(float) for n in (1, 2)]
        blueness.append(np.mean([each[..., 2] - each[..., 0] for each in others]))
    assert blueness[1] > blueness[0] + 5
