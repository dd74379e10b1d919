"""Files with bytes changed, cut out or repeated: read, or refused by a line that names them."""

import json
import random
import warnings

import numpy as np
import pytest
from drawn_files import complete_files
from drawn_photos import draw_photo, save_photo

from colorkit.batch.hint_files import read_hints
from colorkit.batch.journal import ResultJournal
from colorkit.batch.plan import PlannedPhoto
from colorkit.data.build import build_dataset
from colorkit.data.build_database import BuildDatabase
from colorkit.data.fetch.photo_store import PhotoStore
from colorkit.data.fetch.url_list import write_url_list
from colorkit.data.source import PhotoSource
from colorkit.io.photo import Photo, PhotoError
from colorkit.io.read import decode_photo


def mutate(data, seed):
    """Changes a few bytes, or takes out, repeats or zeroes some in a row."""
    chance, changed = random.Random(seed), bytearray(data)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(changed) + 1)
        end = start + chance.choice((1, 1, 2, 8, 200))
        kind = chance.randrange(6)
        if kind == 0:
            changed[start:end] = chance.randbytes(end - start)
        elif kind == 1:
            del changed[start:end]
        elif kind == 2:
            changed[start:start] = changed[start:end]
        elif kind == 3:
            changed[start:end] = bytes(end - start)
        elif kind == 4:
            changed[start:end] = chance.choice((b"\xff", b"[", b'"', b"-1", b"nan", b"9" * 400))
        else:
            del changed[start:]
    return bytes(changed)


@pytest.mark.parametrize("kind", complete_files())
def test_photographs(kind, rounds):
    data = complete_files()[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(rounds(60, 6000)):
            try:
                photo = decode_photo(mutate(data, seed), "it.bin")
            except PhotoError as error:
                assert "it.bin" in str(error), f"seed {seed}"
            else:
                assert isinstance(photo, Photo) and photo.pixels.size, f"seed {seed}"


HINTS = json.dumps({"a.jpg": [{"x": 1, "y": 2.5, "color": "#c02020"}], "b.jpg": []})
ATTRIBUTION = (
    "id,word,photographer,profile_link,photo_link,licence,file,sha256,width,height,"
    "perceptual_hash\n"
    'a,sea,"Ann ""A"", B",http://a,http://b,Unsplash,sea/a.jpg,00,640,480,0123456789abcdef\n'
)


def read_store(path):
    PhotoStore(path.parent)


def read_urls(path):
    write_url_list(path, path.with_name("out.csv"), keep=["who"])


@pytest.mark.parametrize(
    ("name", "content", "read"),
    [
        ("hints.json", HINTS, read_hints),
        ("attribution.csv", ATTRIBUTION, read_store),
        ("list.csv", 'url,who\nhttp://a/1,"Ann, B"\nhttp://a/2,C\n', read_urls),
    ],
)
def test_files_of_text(tmp_path, name, content, read, rounds):
    path = tmp_path / name
    for seed in range(rounds(400, 40_000)):
        path.write_bytes(mutate(content.encode(), seed))
        try:
            read(path)
        except ValueError as error:
            assert name in str(error), f"seed {seed}: {error}"


def test_the_journal_of_results(tmp_path, rounds):
    source, output = tmp_path / "a.jpg", tmp_path / "out" / "a.jpg"
    for path in (source, output):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"some")
    planned, settings = PlannedPhoto(source, output), {"model": "colorkit_base"}
    ResultJournal(output.parent).add(planned, settings)
    journal = output.parent / ".colorkit.jsonl"
    whole = journal.read_bytes()
    for seed in range(rounds(300, 30_000)):
        journal.write_bytes(mutate(whole, seed))
        found = ResultJournal(output.parent).find(planned, settings)
        assert found in ("unknown", "same", "settings", "changed", "other"), f"seed {seed}"
        ResultJournal(output.parent).add(planned, settings)
        assert ResultJournal(output.parent).find(planned, settings) == "same", f"seed {seed}"


@pytest.mark.parametrize("name", ["colorkit-dataset.json", "manifest.csv"])
def test_a_data_set(tmp_path, quick_histogram, name, rounds):
    for number in range(5):
        save_photo(tmp_path / "photos" / f"{number}.png", draw_photo(number))
    build_dataset(tmp_path / "photos", tmp_path / "out", size=32)
    whole = (tmp_path / "out" / name).read_bytes()
    for seed in range(rounds(100, 10_000)):
        (tmp_path / "out" / name).write_bytes(mutate(whole, seed))
        try:
            PhotoSource(tmp_path / "out")
            build_dataset(tmp_path / "photos", tmp_path / "out", size=32)
        except ValueError as error:
            assert str(tmp_path / "out") in str(error), f"seed {seed}: {error}"


def test_the_records_of_a_build(tmp_path, rounds):
    path = tmp_path / "findings.sqlite"
    with BuildDatabase(path, {"size": 32}):
        pass
    whole = path.read_bytes()
    for seed in range(rounds(100, 10_000)):
        path.write_bytes(mutate(whole, seed))
        path.with_name(path.name + "-journal").unlink(missing_ok=True)
        try:
            with BuildDatabase(path, {"size": 32}) as database:
                database.counts(), database.hashes(), list(database)
        except (ValueError, OSError) as error:
            assert str(tmp_path) in str(error), f"seed {seed}: {error}"


def test_a_run(tmp_path, rounds):
    from colorkit.training.run_folder import RunFolder

    run = RunFolder(tmp_path)
    description = {
        "recipe": {"name": "x", "augmentation": None}, "seed": 0, "precision": "float32",
    }  # fmt: skip
    split = {"train": [0], "validation": [1], "test": []}
    run.start_or_resume(description, ["a.jpg", "b.jpg"], split)
    run.log.write_text("epoch,loss,val_psnr\n0,0.5,20.1\n1,0.4,20.3\n")
    files = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for seed in range(rounds(50, 15_000)):
        for path, content in files.items():
            path.write_bytes(content)
        path = random.Random(seed).choice(sorted(files))
        path.write_bytes(mutate(files[path], seed))
        try:
            run.precision()
            run.start_or_resume(description, ["a.jpg", "b.jpg"], split)
            run.record_start({})
            run.read_log()
            run.drop_log_rows(1)
        except ValueError as error:
            assert str(tmp_path) in str(error), f"seed {seed}: {error}"


@pytest.mark.parametrize("name", ["000000.npz", "claim.json", "probe.npy"])
def test_the_parts_of_a_video(tmp_path, name, rounds):
    from colorkit.video.parts import PartFolder

    source, probe = tmp_path / "a.mp4", np.zeros((2, 3), "uint8")
    source.touch()

    def open_parts():
        return PartFolder(source, tmp_path / "b.mp4", {}, probe)

    def add(folder):
        with folder.add(0) as (path, records):
            path.touch()
            records.update(pts=np.arange(3), durations=np.ones(3), ab=np.zeros((2, 2)))

    add(open_parts())
    path = tmp_path / ".colorkit-b.mp4-parts" / name
    whole = path.read_bytes()
    for seed in range(rounds(60, 6000)):
        path.write_bytes(mutate(whole, seed))
        folder = open_parts()
        if not folder.finished():
            add(folder)
        assert len(folder.finished()) == 1, f"seed {seed}"
        path.write_bytes(whole)
