"""Commands that are ended at random moments: nothing is torn, lost or left."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from command_line import COLORIZE_SLOWLY, ENVIRONMENT
from drawn_files import random_pixels
from drawn_photos import draw_photo, save_photo
from fake_unsplash import KEY, FakeUnsplash
from fetched_photos import fetch, ids, listed
from PIL import Image

from colorkit.data.build import build_dataset
from colorkit.io.photo import Photo
from colorkit.io.write import write_photo

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="Signals of POSIX"),
]


READY = "print('ready', flush=True)"


def kill_at_random(command, folder, rounds, seed, seconds, check=lambda: None):
    """Starts a command again and again, ends it after up to so many seconds, and once lets it be.

    Args:
        command, folder: The command's words, and the folder in which it works.
        rounds: How often it is ended.
        seed: Of the moments and signals.
        seconds: The least and the most that it has, from the line "ready" on if it prints that.
        check: Function that is called after each end.

    Returns:
        Its exit codes.
    """
    chance, codes = random.Random(seed), []
    for turn in range(rounds + 1):
        process = subprocess.Popen(
            command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        if turn < rounds:
            if READY in command[2]:
                process.stdout.readline()
            time.sleep(chance.uniform(*seconds))
            process.send_signal(chance.choice((signal.SIGKILL, signal.SIGTERM, signal.SIGINT)))
        _, error = process.communicate(timeout=120)
        assert turn < rounds or b"Traceback" not in error
        codes.append(process.returncode)
        check()
    return codes


def test_photographs(tmp_path, rounds):
    kinds = [("png", "uint16"), ("tif", "uint16"), ("jpg", "uint8"), ("bmp", "uint8")] * 2
    for number, (suffix, dtype) in enumerate(kinds):
        photo = Photo(random_pixels((300, 400), dtype, seed=number))
        write_photo(tmp_path / "album" / f"{number}.{suffix}", photo)
    command = [sys.executable, "-c", COLORIZE_SLOWLY, "0.1", "colorize", "album", "-o", "out"]
    codes = kill_at_random(
        [*command, "--overwrite", "--report", "out/r.json"], tmp_path, rounds(6, 100), 0, (0.8, 2.5)
    )
    assert codes[-1] == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {f"{n}.{kind}" for n, (kind, _) in enumerate(kinds)} | {
        "r.json", ".colorkit.jsonl",
    }  # fmt: skip
    for number, (suffix, _) in enumerate(kinds):
        assert np.asarray(Image.open(tmp_path / "out" / f"{number}.{suffix}")).shape[0] == 300


def test_a_data_set(tmp_path, rounds, quick_histogram):
    for number in range(30):
        save_photo(tmp_path / "photos" / f"{number}.png", draw_photo(number))
    script = (
        "import sys; from PIL import Image; from colorkit.data import build\n"
        "build.draw_ab_histogram = lambda path, *_: Image.new('RGB', (8, 8)).save(path)\n"
        "from colorkit.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    words = ["dataset", "build", "photos", "--out", "out", "--size", "32"]
    codes = kill_at_random(
        [sys.executable, "-c", script, *words], tmp_path, rounds(2, 60), 1, (1.5, 4)
    )
    assert codes[-1] == 0
    build_dataset(tmp_path / "photos", tmp_path / "whole", size=32)
    files = {
        folder: {
            path.relative_to(tmp_path / folder): path.read_bytes()
            for path in (tmp_path / folder).rglob("*")
            if path.is_file()
        }
        for folder in ("out", "whole")
    }
    assert files["out"] == files["whole"]


def test_a_video(tmp_path, rounds):
    pytest.importorskip("av", reason="videos need PyAV")
    import drawn_videos

    path = tmp_path / "gray.mp4"
    drawn_videos.write_video(path, drawn_videos.moving_disc(40), sound="aac")
    script = (
        "import sys, time, pytest, drawn_videos\n"
        "from colorkit.video import video_colorizer\n"
        "video_colorizer.FRAMES_PER_PART = 5\n"
        "with pytest.MonkeyPatch.context() as patch:\n"
        "    colorizer = drawn_videos.stub_colorizer(patch)\n"
        "    video_colorizer.colorize_video(colorizer, 'gray.mp4', 'colour.mp4')"
    )
    codes = kill_at_random([sys.executable, "-c", script], tmp_path, rounds(2, 60), 2, (1.5, 4))
    assert codes[-1] == 0
    assert len(drawn_videos.read_video(tmp_path / "colour.mp4")[0]) == 40
    assert {path.name for path in tmp_path.iterdir()} == {"gray.mp4", "colour.mp4"}


def test_photographs_from_unsplash(tmp_path, rounds):
    fake = FakeUnsplash()
    fake.results = {word: ids(word, 16) for word in ("sea", "red fox")}
    script = (
        "import os, sys, time\n"
        "from colorkit.cli.main import main\n"
        "from colorkit.data.fetch import unsplash_client, unsplash_fetch\n"
        "unsplash_client.API_URL, os.environ['UNSPLASH_ACCESS_KEY'] = sys.argv[1:3]\n"
        "os.fsync = lambda descriptor: time.sleep(0.1)\n"
        f"{READY}\n"
        "sys.exit(main(sys.argv[3:]))"
    )
    (tmp_path / "words.txt").write_text("\n".join(fake.results))
    words = ["dataset", "fetch", "--out", "out", "--words", "words.txt", "--per-word", "16"]
    codes = kill_at_random(
        [sys.executable, "-c", script, fake.url, KEY, *words],
        tmp_path,
        rounds(4, 100),
        36,
        (0.3, 1.4),
    )
    assert codes[-1] == 0
    fetch(fake, tmp_path / "whole")
    fake.stop()
    assert listed(tmp_path / "out") == listed(tmp_path / "whole")
    files = [
        {path.relative_to(tmp_path / name) for path in (tmp_path / name).rglob("*")}
        for name in ("out", "whole")
    ]
    assert files[0] == files[1]
    for row in listed(tmp_path / "out"):
        content = (tmp_path / "out" / row["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row["sha256"]


KILLED_FORMATS = ("saved_model", "onnx", "keras")  # a folder, and files by two libraries


def test_exports(tmp_path, rounds):
    from exported_models import export_path

    from colorkit.export import exporter

    script = (
        "from pathlib import Path; from exported_models import export_path, small_model\n"
        "from colorkit.export import verify\n"
        "from colorkit.export.exporter import export_model\n"
        "verify.SAMPLE_PHOTOS = ('chelsea.png',)\n"
        "model = small_model()\n"
        f"{READY}\n"
        f"for name in {KILLED_FORMATS}:\n"
        "    export_model(model, export_path(Path(), name), name)"
    )

    def check():
        for name in KILLED_FORMATS:
            form = exporter.FORMATS[name]
            path = export_path(tmp_path, name)
            versions = path.glob("[!.]*") if name == "saved_model" else [path]
            for each in versions:
                if each.exists():
                    form.load(each)

    codes = kill_at_random(
        [sys.executable, "-c", script], tmp_path, rounds(2, 40), 4, (0.1, 6), check
    )
    assert codes[-1] == 0
    names = {export_path(tmp_path, name).name for name in KILLED_FORMATS}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert not list(tmp_path.rglob(".*"))
