"""Prepares a source's photographs on threads.

One thread reads; `workers` decode, check, shrink and encode; a short queue between them bounds
memory.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

from colorkit.data.archives import Member
from colorkit.data.build_database import BuildDatabase, PhotoRecord
from colorkit.data.build_pair import KINDS, record_refused, record_unreadable

_QUEUED_PER_WORKER = 2

Members: TypeAlias = Callable[[], Iterator[Member]]


def prepare_all(
    members: Members,
    database: BuildDatabase,
    prepare: Callable[[Member, bytes], PhotoRecord],
    pairs: Path,
    workers: int,
    on_progress: Callable[[str, int, int], None],
) -> None:
    """Prepares every photograph of the source that is not in the database yet.

    Args:
        members: Function that returns an iterator over the source's members.
        database: `BuildDatabase` that keeps what becomes of each.
        prepare: Function of a member and its bytes that returns a `PhotoRecord`.
        pairs: Path of the folder that `prepare` writes pairs to.
        workers: Int, number of threads.
        on_progress: Function called as `on_progress(stage, done, total)`.
    """
    total = sum(1 for _ in members())
    waiting: collections.deque[tuple[Future[PhotoRecord], int, str]] = collections.deque()

    def add_first() -> None:
        future, copy, stamp = waiting.popleft()
        database.add(future.result(), copy, stamp)

    pool = ThreadPoolExecutor(workers, "prepare")
    try:
        for number, member in enumerate(members(), start=1):
            copy, known = database.look_up(member)
            if known is None or not _is_there(known, pairs):
                waiting.append((_start(member, prepare, pool), copy, member.stamp))
            if len(waiting) > _QUEUED_PER_WORKER * workers:
                add_first()
            on_progress("Preparing photographs", number - len(waiting), total)
        while waiting:
            add_first()
            on_progress("Preparing photographs", total - len(waiting), total)
    finally:
        pool.shutdown(cancel_futures=True)
    database.forget_missing()


def _start(
    member: Member, prepare: Callable[[Member, bytes], PhotoRecord], pool: ThreadPoolExecutor
) -> Future[PhotoRecord]:
    """Reads a member, in this thread, and returns the future of its `PhotoRecord`."""
    if member.refusal or member.read is None:
        return pool.submit(record_refused, member)
    try:
        data = member.read()
    except Exception as error:  # Archives fail in many ways: checksums, passwords, truncation.
        return pool.submit(record_unreadable, member, error)
    return pool.submit(prepare, member, data)


def _is_there(record: PhotoRecord, pairs: Path) -> bool:
    return bool(record.drop_reason) or all((pairs / kind / record.file).exists() for kind in KINDS)
