"""What a build does with the photographs of a source, on threads.

One thread reads; `workers` decode, check, shrink and encode; a short queue between them bounds
memory.
"""

from __future__ import annotations

import collections
import functools
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np

from colorkit.data.archives import Member, iterate_members
from colorkit.data.build_database import BuildDatabase, PhotoRecord
from colorkit.data.build_pair import KINDS, record_refused, record_unreadable
from colorkit.data.near_duplicates import find_originals
from colorkit.typing import StrPath

_QUEUED_PER_WORKER = 2

Members: TypeAlias = Callable[[], Iterator[Member]]
Prepare: TypeAlias = Callable[[Member, bytes], PhotoRecord]


class BuildEngine(Protocol):
    """What works on the photographs of a build: threads of this machine, or a cluster."""

    def list_members(self, source: StrPath, skip: StrPath) -> Members:
        """Returns the function that iterates over the source's members, as `iterate_members`."""

    def prepare_all(
        self,
        members: Members,
        database: BuildDatabase,
        prepare: Prepare,
        pairs: Path,
        on_progress: Callable[[str, int, int], None],
    ) -> None:
        """Prepares every photograph of the source that is not in the database yet.

        Args:
            members: What `list_members` returned, or a part of it.
            database: `BuildDatabase` that keeps what becomes of each.
            prepare: Function of a member and its bytes that returns a `PhotoRecord`.
            pairs: Path of the folder that `prepare` writes pairs to.
            on_progress: Function called as `on_progress(stage, done, total)`.
        """

    def find_duplicates(self, database: BuildDatabase) -> Iterable[tuple[int, int]]:
        """Finds near-duplicates among what is kept, as `find_originals` does.

        Returns:
            Ids of each and of the photograph that is kept in its place.
        """


class Threads:
    """The `BuildEngine` of this machine.

    Args:
        workers: Number of threads; `None` for one per core.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or os.cpu_count() or 1

    def list_members(self, source: StrPath, skip: StrPath) -> Members:
        """Lists as `iterate_members` does."""
        return functools.partial(iterate_members, source, skip=skip)

    def prepare_all(
        self,
        members: Members,
        database: BuildDatabase,
        prepare: Prepare,
        pairs: Path,
        on_progress: Callable[[str, int, int], None],
    ) -> None:
        """Prepares photographs on the threads."""
        total = sum(1 for _ in members())
        waiting: collections.deque[tuple[Future[PhotoRecord], int, str]] = collections.deque()

        def add_first() -> None:
            future, copy, stamp = waiting.popleft()
            database.add(future.result(), copy, stamp)

        pool = ThreadPoolExecutor(self._workers, "prepare")
        try:
            for number, member in enumerate(members(), start=1):
                copy, known = database.look_up(member)
                if known is None or not is_prepared(known, pairs):
                    waiting.append((_start(member, prepare, pool), copy, member.stamp))
                if len(waiting) > _QUEUED_PER_WORKER * self._workers:
                    add_first()
                on_progress("Preparing photographs", number - len(waiting), total)
            while waiting:
                add_first()
                on_progress("Preparing photographs", total - len(waiting), total)
        finally:
            pool.shutdown(cancel_futures=True)
        database.forget_missing()

    def find_duplicates(self, database: BuildDatabase) -> Iterable[tuple[int, int]]:
        """Finds near-duplicates in memory."""
        ids, hashes, mirrored = database.hashes()
        originals = find_originals(hashes, mirrored)
        (dropped,) = np.nonzero(originals >= 0)
        return zip(ids[dropped].tolist(), ids[originals[dropped]].tolist(), strict=True)


def _start(member: Member, prepare: Prepare, pool: ThreadPoolExecutor) -> Future[PhotoRecord]:
    """Reads a member, in this thread, and returns the future of its `PhotoRecord`."""
    data = read_member(member)
    if isinstance(data, PhotoRecord):
        return pool.submit(lambda: data)
    return pool.submit(prepare, member, data)


def read_member(member: Member) -> bytes | PhotoRecord:
    """Returns the bytes of a member, or the `PhotoRecord` that says why there are none."""
    if member.refusal or member.read is None:
        return record_refused(member)
    try:
        return member.read()
    except Exception as error:  # Archives fail in many ways: checksums, passwords, truncation.
        return record_unreadable(member, error)


def is_prepared(record: PhotoRecord, pairs: Path) -> bool:
    """Tells whether what a record says of a photograph is there: its pair, or why it has none."""
    return bool(record.drop_reason) or all((pairs / kind / record.file).exists() for kind in KINDS)
