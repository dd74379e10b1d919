"""Which files are videos: by suffix, by first bytes; and where their results go."""

from pathlib import Path

import av
import numpy as np
import pytest
from drawn_videos import moving_disc, write_video

from colorkit.batch.plan import plan_outputs
from colorkit.io.photo import Photo
from colorkit.io.write import write_photo
from colorkit.video.formats import VideoError, is_video, open_media


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi", ".mpg", ".flv", ".wmv", ".mov"])
def test_content_tells_where_the_name_does_not(suffix):
    codec = {".flv": "flv", ".mpg": "mpeg1video"}.get(suffix, "mpeg4")
    write_video("a" + suffix, moving_disc(2), codec=codec)
    Path("a" + suffix).rename("clip.unknown")
    assert is_video("clip.unknown")


def test_photographs_and_other_files_are_none():
    write_photo("a.png", Photo(np.zeros((2, 3), "uint8")))
    assert not is_video("a.png")
    Path("a.png").rename("a.unknown")
    assert not is_video("a.unknown")
    Path("a.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1")
    assert not is_video("a.heic")
    assert not is_video("nowhere.unknown")
    assert is_video("nowhere.MP4"), "the suffix is enough"


def test_results_of_videos(tmp_path):
    for name in ("a.mp4", "b.AVI", "b.mkv", "c.webm", "d/e.mov"):
        Path("album", name).parent.mkdir(parents=True, exist_ok=True)
        Path("album", name).touch()
    write_photo("album/p.png", Photo(np.zeros((2, 3), "uint8")))
    plan = plan_outputs(["album"], "out", file_format="jpg")
    assert [str(photo.output) for photo in plan.photos] == ["out/p.jpg"]
    assert [(str(v.source), str(v.output)) for v in plan.videos] == [
        ("album/a.mp4", "out/a.mp4"),
        ("album/b.AVI", "out/b.AVI.mkv"),
        ("album/b.mkv", "out/b.mkv"),
        ("album/c.webm", "out/c.mkv"),
        ("album/d/e.mov", "out/d/e.mov"),
    ]
    Path("out").mkdir()
    Path("out/a.mp4").touch()
    assert [video.is_made for video in plan_outputs(["album"], "out").videos][:2] == [True, False]


def test_one_video_may_name_its_result():
    Path("a.avi").touch()
    assert str(plan_outputs(["a.avi"], "new/b.mp4").videos[0].output) == "new/b.mp4"
    with pytest.raises(VideoError, match="ends in .mp4, .m4v, .mov, .mkv. Received: '.webm'"):
        plan_outputs(["a.avi"], "b.webm")
    with pytest.raises(VideoError, match="Received: '.png'"):
        plan_outputs(["a.avi"], "b.png")
    write_photo("p.png", Photo(np.zeros((2, 3), "uint8")))
    with pytest.raises(ValueError, match=r"name a photograph, since p.png is one.*Received: b.mp4"):
        plan_outputs(["p.png"], "b.mp4")
    Path("m.mp4").touch()
    with pytest.raises(ValueError, match="its result would replace it"):
        plan_outputs(["m.mp4"], ".", overwrite=True)


def test_pyav_19_is_given_no_option_that_it_does_not_have(monkeypatch):
    given = []
    monkeypatch.setattr(av, "open", lambda name, mode, **options: given.append(options))
    for version in ("18.1.0", "19.0.2"):
        monkeypatch.setattr(av, "__version__", version)
        open_media("a.mp4")
    assert given == [{"metadata_errors": "replace"}, {}]
