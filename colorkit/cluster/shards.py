"""Shards: tar files in the layout of WebDataset, and Parquet, coloured into files like them."""

from __future__ import annotations

import collections
import io
import tarfile
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeAlias

from colorkit.batch.file_result import MADE, FileResult
from colorkit.batch.plan import PlannedPhoto
from colorkit.cluster.stores import HeldFiles
from colorkit.io.open_binary import open_binary
from colorkit.io.photo import (
    FORMAT_OF_SUFFIX,
    SUFFIX_OF_FORMAT,
    PhotoError,
    find_result_format,
)
from colorkit.io.places import write_file
from colorkit.io.read import MAX_FILE_BYTES
from colorkit.io.signatures import SIGNATURE_BYTES, SUFFIXES_READ, find_kind

if TYPE_CHECKING:
    import pyarrow as pa

Pipeline: TypeAlias = Callable[[Iterable[PlannedPhoto], HeldFiles], Iterator[FileResult]]
"""Colours the photographs that a `HeldFiles` has, in their order."""

ROWS = 32
"""Rows of a Parquet file that are in memory at a time."""

_PICTURE_COLUMNS = ("image", "jpg", "jpeg", "png", "webp", "tif", "tiff", "bytes", "content")


def colorize_tar(
    source: Path, output: Path, pipeline: Pipeline, suffix: str | None = None
) -> Generator[FileResult, None, None]:
    """Colours the photographs of a tar file.

    The result has the same members in the same order: results in place of the photographs, the
    others as they are. A photograph that fails has no member.

    Args:
        source: Path of the tar file, not compressed.
        output: Path of the result.
        pipeline: `Pipeline`.
        suffix: Suffix of the results, such as `".png"`; `None` to keep each photograph's own where
            colorkit writes its format.

    Yields:
        A `FileResult` for each photograph.

    Raises:
        PhotoError: If it is no tar file, or cut short.
        OSError: If it cannot be read or written.
    """
    held, waiting = HeldFiles(), collections.deque[tuple[tarfile.TarInfo, bytes | None]]()
    names: set[str] = set()

    def plan(members: tarfile.TarFile) -> Iterator[PlannedPhoto]:
        for member in members:
            if not member.isfile():
                waiting.append((member, b""))
                continue
            if member.size > MAX_FILE_BYTES:
                raise PhotoError(f"Cannot read {source}: its member {member.name} is too large.")
            file = members.extractfile(member)
            data = b"" if file is None else file.read()
            old = PurePosixPath(member.name).suffix.lower()
            if old not in SUFFIXES_READ:
                waiting.append((member, data))
                continue
            name = member.name.lstrip("/")
            member.name = _name_member(name, data, suffix, names)
            # Those of its old name and size would have priority.
            headers = member.pax_headers.items()
            member.pax_headers = {k: v for k, v in headers if k not in ("path", "size")}
            planned = PlannedPhoto(source / name, output / member.name)
            held.hold(planned, data)
            waiting.append((member, None))
            yield planned

    def copy(made: tarfile.TarFile) -> None:
        while waiting and waiting[0][1] is not None:
            member, data = waiting.popleft()
            made.addfile(member, io.BytesIO(data or b""))

    try:
        with (
            open_binary(source) as file,
            tarfile.open(fileobj=file, mode="r|") as members,
            write_file(output) as temporary,
            tarfile.open(temporary, "w") as made,
        ):
            for result in pipeline(plan(members), held):
                copy(made)
                member, _ = waiting.popleft()
                data = held.take(result.output)
                if result.status == MADE and data is not None:
                    member.size = len(data)
                    made.addfile(member, io.BytesIO(data))
                yield result
            copy(made)
    except tarfile.TarError as error:
        raise PhotoError(
            f"Cannot read {source}: expected a tar file that is not compressed, as WebDataset "
            f"writes them. {str(error).capitalize()}. Copy it again from its source."
        ) from error


def _name_member(name: str, data: bytes, suffix: str | None, names: set[str]) -> str:
    path = PurePosixPath(name)
    new = suffix
    if new is None and path.suffix.lower() not in FORMAT_OF_SUFFIX:
        new = _suffix_of(data)
    result = path if new is None else path.with_suffix(new)
    if str(result).lower() in names and new is not None:
        result = path.with_name(path.name + new)
    while str(result).lower() in names:
        result = result.with_name(f"{result.stem}_{result.suffix}")
    names.add(str(result).lower())
    return str(result)


def _suffix_of(data: bytes) -> str | None:
    """Finds the suffix of a photograph's result; `None` of what is none, as reading will tell."""
    try:
        return SUFFIX_OF_FORMAT[find_result_format(find_kind(data[:SIGNATURE_BYTES], "it"))]
    except ValueError:
        return None


def colorize_parquet(
    source: Path, output: Path, pipeline: Pipeline
) -> Generator[FileResult, None, None]:
    """Colours the photographs of a column of a Parquet file.

    The result has the same columns and rows. A photograph that fails is null.

    Args:
        source: Path of the Parquet file. The photographs' files are in a binary column, or in the
            field `bytes` of one as Hugging Face has them.
        output: Path of the result.
        pipeline: `Pipeline`.

    Yields:
        A `FileResult` for each row that is not null.

    Raises:
        PhotoError: If it is no Parquet file, or has no such column.
        OSError: If it cannot be read or written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with open_binary(source) as file:
            table = pq.ParquetFile(file)
            column = _find_column(table.schema_arrow, source)
            with (
                write_file(output) as temporary,
                pq.ParquetWriter(temporary, table.schema_arrow) as writer,
            ):
                first = 0
                for rows in table.iter_batches(ROWS):
                    place = rows.schema.get_field_index(column)
                    pictures = rows.column(place)
                    made = yield from _color_rows(pictures, first, source, output, pipeline)
                    field = rows.schema.field(place)
                    writer.write_batch(rows.set_column(place, field, made))
                    first += rows.num_rows
    except pa.ArrowInvalid as error:
        raise PhotoError(
            f"Cannot read {source}: it is no Parquet file, or damaged ({error}). "
            "Copy it again from its source."
        ) from error


def _color_rows(
    pictures: pa.Array, first: int, source: Path, output: Path, pipeline: Pipeline
) -> Generator[FileResult, None, pa.Array]:
    """Colours rows of a column. Returns the column of the results."""
    import pyarrow as pa

    held, planned = HeldFiles(), []
    rows: list[Any] = pictures.to_pylist()
    for number, row in enumerate(rows):
        data = row.get("bytes") if isinstance(row, dict) else row
        if data is not None:
            name = f"{first + number}{_suffix_of(data) or ''}"
            planned.append(PlannedPhoto(source / name, output / name))
            held.hold(planned[-1], data)
    made: dict[int, bytes | None] = {}
    for result in pipeline(planned, held):
        made[int(Path(result.output.name).stem) - first] = held.take(result.output)
        yield result
    for number, data in made.items():
        row = rows[number]
        rows[number] = data if not isinstance(row, dict) or data is None else {**row, "bytes": data}
    return pa.array(rows, pictures.type)


def _find_column(schema: pa.Schema, source: Path) -> str:
    import pyarrow.types as kinds

    def is_binary(kind: pa.DataType) -> bool:
        if kinds.is_struct(kind):
            index = kind.get_field_index("bytes")
            return index >= 0 and is_binary(kind.field(index).type)
        return kinds.is_binary(kind) or kinds.is_large_binary(kind)

    found = [field.name for field in schema if is_binary(field.type)]
    named = [name for name in _PICTURE_COLUMNS if name in found]
    if not named and len(found) != 1:
        raise PhotoError(
            f"Cannot read {source}: expected a binary column named {', '.join(_PICTURE_COLUMNS)}, "
            f"or only one. Received: {', '.join(schema.names)}."
        )
    return named[0] if named else found[0]
