"""How an archive is cut: everything once, named as by a folder run, stable under additions."""

import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("upath")

from drawn_archive import draw_archive, write_tar
from upath import UPath

from colorkit.batch.plan import plan_outputs
from colorkit.cluster.chunks import Chunk, iterate_chunks


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return draw_archive(tmp_path_factory.mktemp("archive") / "photos", 30)


def test_names_are_those_of_a_folder_run(archive, tmp_path):
    chunks = list(iterate_chunks(archive, tmp_path, file_format="png", chunk_photos=4))
    named = {pair for chunk in chunks for pair in zip(chunk.sources, chunk.outputs, strict=True)}
    plan = plan_outputs([archive], tmp_path, file_format="png", page=1)
    assert named == {(str(photo.source), str(photo.output)) for photo in plan.photos}
    assert len(named) == sum(len(chunk.sources) for chunk in chunks)
    assert [*plan.passed_over.items()] == [
        item for chunk in chunks for item in chunk.passed_over.items()
    ]
    assert len({chunk.key for chunk in chunks}) == len(chunks) > 8


def test_a_file_that_is_added_changes_one_chunk(archive, tmp_path):
    for n in range(200):
        (tmp_path / f"{n:04}.jpg").touch()
    before = {chunk.key: chunk for chunk in iterate_chunks(tmp_path, tmp_path / "o")}
    (tmp_path / "0100b.jpg").touch()
    after = {chunk.key: chunk for chunk in iterate_chunks(tmp_path, tmp_path / "o")}
    assert sum(after.get(key) != chunk for key, chunk in before.items()) == 1


def test_shards_and_names_that_are_no_text(tmp_path):
    write_tar(tmp_path / "a.tar", {})
    (tmp_path / "b.parquet").touch()
    (tmp_path / "c\udcff.jpg").touch()
    chunks = list(iterate_chunks(tmp_path, tmp_path / "out"))
    assert sorted(str(chunk.shard) for chunk in chunks) == [".parquet", ".tar", "None"]
    assert [Chunk.from_json(chunk.to_json()) for chunk in chunks] == chunks


def test_an_object_store_is_listed_as_a_disk_is(archive):
    store = UPath("memory://drawn/photos")
    store.fs.put(f"{archive}/", store.path, recursive=True)

    def relative(chunks, root):
        below = len(str(root)) + 1
        return [
            ([path[below:] for path in chunk.sources], list(chunk.passed_over.values()))
            for chunk in chunks
        ]

    here = iterate_chunks(archive, archive / "out", chunk_photos=4, exclude=["*.webp"])
    there = iterate_chunks(store, store / "out", chunk_photos=4, exclude=["*.webp"])
    assert sorted(relative(there, store)) == sorted(
        ([*sources], [*reasons]) for sources, reasons in relative(here, archive)
    )
