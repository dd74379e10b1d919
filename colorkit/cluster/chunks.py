"""Cuts an archive into chunks: what one worker colours at a time, and what is recorded together."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from colorkit.batch.plan import find_suffix
from colorkit.cluster.listing import SHARD_SUFFIXES, list_archive
from colorkit.io.find import FoundFiles, FoundPhoto
from colorkit.io.result_names import name_results

CHUNK_PHOTOS = 32
"""Average number of loose photographs in a chunk: less than a minute's work of one core at 12
megapixels, while the record of a chunk is one small file."""

_LARGEST = 4  # chunks have at most so many times the average
_PAGE_NAME = re.compile(r"_p\d+_*$")  # what results of a TIFF's pages end in


@dataclasses.dataclass(frozen=True)
class Chunk:
    """Photographs of one folder, or a shard.

    Args:
        key: Name of its record, which stays the same while its first file does.
        sources, outputs: Addresses of the photographs, and of their results; of one shard, or of
            none.
        taken: Addresses of other results that have the names of a TIFF's page.
        passed_over, failed: Dict from addresses to reasons, as `FoundFiles` has them.
    """

    key: str
    sources: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    passed_over: dict[str, str] = dataclasses.field(default_factory=dict)
    failed: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def shard(self) -> str | None:
        """Suffix of the shard that it is, or `None`."""
        suffix = Path(self.sources[0]).suffix.lower() if len(self.sources) == 1 else ""
        return suffix if suffix in SHARD_SUFFIXES else None

    def to_json(self) -> str:
        """Returns it as JSON, which holds names that are no text too."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Chunk:
        """Makes a chunk of what `to_json` returned."""
        fields = json.loads(text)
        lists = {key: tuple(fields[key]) for key in ("sources", "outputs", "taken")}
        return cls(**{**fields, **lists})


def iterate_chunks(
    source: Path,
    target: Path,
    *,
    file_format: str | None = None,
    exclude: Sequence[str] = (),
    chunk_photos: int = CHUNK_PHOTOS,
) -> Iterator[Chunk]:
    """Lists an archive and names its results as `plan_outputs` does, in memory for one folder.

    A chunk ends after a photograph whose name has a hash that says so: a file that is added
    changes the chunk it is in, not those behind it.

    Args:
        source: Folder or file of photographs, as `open_place` returns it.
        target: Folder of the results, likewise.
        file_format: Format of the results, or `None` to keep each photograph's own. Photographs
            in Parquet keep theirs.
        exclude: As `list_archive` takes it.
        chunk_photos: Average number of photographs in a chunk.

    Yields:
        `Chunk`s; the same ones in the same order as long as the archive is the same.

    Raises:
        PhotoError: As `list_archive` does.
    """
    suffix = None if file_format is None else "." + file_format.lower().lstrip(".")
    for files in list_archive(source, target, exclude):
        yield from _cut(files, target, suffix, chunk_photos)


def _cut(files: FoundFiles, target: Path, suffix: str | None, chunk_photos: int) -> Iterator[Chunk]:
    if files.passed_over or files.failed:
        key = _key_of(next(iter({**files.passed_over, **files.failed})))
        yield Chunk(key, passed_over=files.passed_over, failed=files.failed)
    loose = [photo for photo in files.photos if not _is_shard(photo)]
    outputs = name_results(loose, "", lambda path: suffix or find_suffix(path))
    results = [str(target / output.as_posix()) for output in outputs]
    taken = tuple(result for result in results if _PAGE_NAME.search(Path(result).stem))
    start = 0
    for end, photo in enumerate(loose, start=1):
        is_last = end == len(loose) or end - start >= _LARGEST * chunk_photos
        if is_last or _hash(photo.relative_path.name) % chunk_photos == 0:
            sources = tuple(str(each.path) for each in loose[start:end])
            yield Chunk(_key_of(sources[0]), sources, tuple(results[start:end]), taken)
            start = end
    for photo in filter(_is_shard, files.photos):
        result = str(target / photo.relative_path.as_posix())
        yield Chunk(_key_of(str(photo.path)), (str(photo.path),), (result,))


def _is_shard(photo: FoundPhoto) -> bool:
    return photo.relative_path.suffix.lower() in SHARD_SUFFIXES


def _key_of(address: str) -> str:
    digest = hashlib.sha256(address.encode(errors="surrogatepass")).hexdigest()
    return digest[:32]


def _hash(name: str) -> int:
    return int(hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8], 16)
