"""Builds a data set on a Ray cluster: the files that one machine makes, byte for byte.

Processes list, screen and shrink the photographs of a part of the source each, and write pairs to
the folder of the data set. The driver keeps the records in the build's database, on disk, in the
order of the source; near-duplicates are found by a shuffle (`cluster.near_pairs`).
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import itertools
import platform
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from colorkit.cluster.connection import Cluster
from colorkit.cluster.near_pairs import shuffle_near_pairs
from colorkit.data.archives import Member, Part, iterate_parts
from colorkit.data.build import BuildReport, build_dataset
from colorkit.data.build_database import BuildDatabase, PhotoRecord
from colorkit.data.build_workers import Members, Prepare, is_prepared, read_member
from colorkit.typing import StrPath


def build_on_cluster(
    source: StrPath,
    out: StrPath,
    *,
    address: str | None = None,
    workers: int | None = None,
    **options: Any,
) -> BuildReport:
    """Builds a data set as `colorkit.data.build_dataset` does, on the machines of a Ray cluster.

    The result has the same bytes, whatever the number of workers. A build that was stopped goes
    on, on a cluster or on one machine.

    Args:
        source: Path of a folder, tar or zip that every machine sees. An archive is read by one
            process: large sources come in many.
        out: Folder of the data set, which every machine sees.
        address: As for `colorize_archive`.
        workers: Number of processes that screen, each on a core; `None` for as many as cores.
        **options: What else `build_dataset` takes.

    Returns:
        A `BuildReport`.

    Raises:
        ImportError: If Ray is not installed.
        ConnectionError: If there is no cluster at the address.
        ValueError: If a machine does not see the folders, or as `build_dataset` does.
        PhotoError: As `build_dataset` does.
        OSError: Likewise.
    """
    if "://" in str(out):
        raise ValueError(
            "Expected a folder that every machine of the cluster sees, since they write pairs to "
            f"it. Received: {out}. Build there, and copy it."
        )
    with Cluster(address) as cluster:
        engine = _ClusterEngine(cluster, workers)
        return build_dataset(
            Path(source).absolute(), Path(out).absolute(), engine=engine, **options
        )


@dataclasses.dataclass(frozen=True)
class _ListedMember(Member):
    """A member that a process has listed, and where it is: it has no `read`."""

    part: Part = Part(Path(), ())
    position: int = 0


class _ClusterEngine:
    """The `BuildEngine` of a cluster."""

    def __init__(self, cluster: Cluster, workers: int | None) -> None:
        self._cluster, self._workers = cluster, workers

    def list_members(self, source: StrPath, skip: StrPath) -> Members:
        """Returns a function that lets the cluster list a source."""

        def members() -> Iterator[Member]:
            asked: collections.deque[Part] = collections.deque()
            parts = _remembering(iterate_parts(source, skip), asked)
            for listed in self._cluster.map(_make_lister, parts, self._workers):
                part = asked.popleft()
                for position, (name, stamp, refusal) in enumerate(listed):
                    yield _ListedMember(name, stamp, None, refusal, part, position)

        return members

    def prepare_all(
        self,
        members: Members,
        database: BuildDatabase,
        prepare: Prepare,
        pairs: Path,
        on_progress: Callable[[str, int, int], None],
    ) -> None:
        """Prepares photographs on the cluster."""
        total = sum(1 for _ in members())
        asked: collections.deque[list[tuple[int, str]]] = collections.deque()

        def find_work() -> Iterator[tuple[Part, frozenset[int]]]:
            # As `list_members` made them.
            made = cast("Iterator[_ListedMember]", members())
            for part, listed in itertools.groupby(made, lambda member: member.part):
                keys, positions = [], []
                for member in listed:
                    copy, known = database.look_up(member)
                    if known is None or not is_prepared(known, pairs):
                        keys.append((copy, member.stamp))
                        positions.append(member.position)
                if keys:
                    asked.append(keys)
                    yield part, frozenset(positions)

        done = 0
        make = functools.partial(_make_preparer, prepare, pairs)
        for records in self._cluster.map(make, find_work(), self._workers):
            for (copy, stamp), record in zip(asked.popleft(), records, strict=True):
                database.add(record, copy, stamp)
            done += len(records)
            on_progress("Preparing photographs", done, total)
        on_progress("Preparing photographs", total, total)
        database.forget_missing()

    def find_duplicates(self, database: BuildDatabase) -> Iterable[tuple[int, int]]:
        """Finds near-duplicates by a shuffle of the cluster."""
        self._cluster.release()  # for the shuffle to have the cores
        table = database.duplicates()
        for pairs in shuffle_near_pairs(self._cluster, table.distinct()):
            table.add_near(pairs)
        return table.originals()


def _remembering(items: Iterable[Part], remembered: collections.deque[Part]) -> Iterator[Part]:
    for item in items:
        remembered.append(item)
        yield item


def _make_lister() -> Callable[[Part], list[tuple[str, str, str | None]]]:
    return _list_part


def _list_part(part: Part) -> list[tuple[str, str, str | None]]:
    _check_seen(part.source, "photographs")
    return [(member.name, member.stamp, member.refusal) for member in part.members()]


def _make_preparer(prepare: Prepare, pairs: Path) -> Callable[[Any], list[PhotoRecord]]:
    _check_seen(pairs, "the data set")
    return functools.partial(_prepare_some, prepare)


def _prepare_some(prepare: Prepare, work: tuple[Part, frozenset[int]]) -> list[PhotoRecord]:
    """Prepares the members of a part that are at some positions."""
    part, positions = work
    records = []
    for position, member in enumerate(part.members()):
        if position in positions:
            data = read_member(member)
            records.append(data if isinstance(data, PhotoRecord) else prepare(member, data))
    return records


def _check_seen(path: Path, what: str) -> None:
    if not path.exists():
        raise ValueError(
            f"Expected a folder of {what} that all machines of the cluster see. "
            f"{platform.node()} does not see {path}. Put it on a shared disk."
        )
