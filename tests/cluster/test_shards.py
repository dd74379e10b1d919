"""Tar files and Parquet: photographs in them become results, everything else stays."""

import functools
from pathlib import Path

import pytest
from drawn_archive import Tinting, read_tar, write_tar
from drawn_files import pillow_file
from drawn_photos import draw_photo

from colorkit.batch.file_pipeline import colorize_files
from colorkit.batch.pipes import colorize_photo
from colorkit.cluster.shards import colorize_parquet, colorize_tar
from colorkit.io.photo import PhotoError
from colorkit.io.read import decode_photo

pa = pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def pipeline(photos, store):
    return colorize_files(Tinting(), photos, store=store)


def color(data, file_format=None):
    """What one photograph by itself becomes."""
    photo = decode_photo(data, "it")
    return colorize_photo(Tinting(), photo, file_format=file_format, mark=False)


@functools.cache
def photo(number, file_format="JPEG"):
    return pillow_file(draw_photo(number, 20 + number % 2, 24), file_format)


def test_a_tar_keeps_its_members_and_their_order(tmp_path):
    members = {
        "head.txt": b"first",
        **{f"{n:03}.{kind}": data for n in range(40) for kind, data in sample(n)},
        "x/broken.png": b"no photograph",
        "x/broken.cls": b"7",
        "x/moving.gif": photo(3, "GIF"),
        "y/" + "long" * 40 + ".jpg": photo(4),
    }
    source = write_tar(tmp_path / "a.tar", members)
    results = list(colorize_tar(source, tmp_path / "out" / "a.tar", pipeline))
    made = read_tar(tmp_path / "out" / "a.tar")
    names = [name.replace(".gif", ".png") for name in members if name != "x/broken.png"]
    assert list(made) == names
    assert made["003.jpg"] == color(photo(3)) != made["004.jpg"] == color(photo(4))
    assert made["x/moving.png"] == color(photo(3, "GIF"), "png")
    others = {name: data for name, data in members.items() if name.endswith(("txt", "json", "cls"))}
    assert {name: made[name] for name in others} == others
    assert [r.source for r in results if r.status == "failed"] == [source / "x" / "broken.png"]
    assert len(results) == 43 and list(tmp_path.joinpath("out").iterdir()) == [
        tmp_path / "out" / "a.tar"
    ]


def sample(number):
    return ("jpg", photo(number)), ("json", b'{"caption": "%d"}' % number)


def test_a_format_for_all_members_gives_no_two_one_name(tmp_path):
    source = write_tar(tmp_path / "a.tar", {"a.jpg": photo(1), "a.png": photo(2, "PNG")})
    list(colorize_tar(source, tmp_path / "b.tar", pipeline, ".png"))
    made = read_tar(tmp_path / "b.tar")
    assert {name: decode_photo(data, name).file_format for name, data in made.items()} == {
        "a.png": "PNG",
        "a.png.png": "PNG",
    }


@pytest.mark.parametrize("keep", [0.5, 0.0])
def test_a_tar_that_is_cut_short_leaves_no_result(tmp_path, keep):
    source = write_tar(tmp_path / "a.tar", {f"{n}.jpg": photo(n) for n in range(9)})
    data = source.read_bytes()
    source.write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(PhotoError, match="expected a tar file"):
        list(colorize_tar(source, tmp_path / "b.tar", pipeline))
    assert not (tmp_path / "b.tar").exists()


@pytest.mark.parametrize("nested", [False, True])
def test_parquet_keeps_its_other_columns(tmp_path, nested):
    files = [photo(n, "PNG" if n % 2 else "JPEG") for n in range(70)]
    files[5], files[40] = None, b"no photograph"
    pictures = (
        [{"bytes": data, "path": f"{n}"} for n, data in enumerate(files)] if nested else files
    )
    table = pa.table({"caption": [f"photo {n}" for n in range(70)], "image": pictures})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=50)
    results = list(colorize_parquet(tmp_path / "a.parquet", tmp_path / "b.parquet", pipeline))
    made = pq.read_table(tmp_path / "b.parquet")
    assert made.schema.equals(table.schema)
    assert made["caption"].equals(table["caption"])
    column = made["image"].to_pylist()
    column = [row and row["bytes"] for row in column] if nested else column
    assert column == [None if n in (5, 40) else color(data) for n, data in enumerate(files)]
    failed = [r.source for r in results if r.status == "failed"]
    assert failed == [tmp_path / "a.parquet" / "40"] and len(results) == 69


def test_parquet_without_photographs_is_told(tmp_path):
    pq.write_table(pa.table({"caption": ["a"]}), tmp_path / "a.parquet")
    with pytest.raises(PhotoError, match="expected a binary column named image.*caption"):
        list(colorize_parquet(tmp_path / "a.parquet", Path("b"), pipeline))
    (tmp_path / "c.parquet").write_bytes(b"no table")
    with pytest.raises(PhotoError, match="no Parquet file"):
        list(colorize_parquet(tmp_path / "c.parquet", Path("b"), pipeline))
