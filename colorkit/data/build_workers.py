"""Prepares a source's photographs on threads.

One thread reads; `workers` decode, check, shrink and encode; a short queue between them bounds
memory.
"""

import collections
from concurrent.futures import ThreadPoolExecutor

from colorkit.data.build_pair import KINDS, record_refused, record_unreadable

_QUEUED_PER_WORKER = 2


def prepare_all(members, database, prepare, pairs, workers, on_progress):
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
    waiting = collections.deque()

    def add_first():
        future, *key = waiting.popleft()
        database.add(future.result(), *key)

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


def _start(member, prepare, pool):
    """Reads a member, in this thread, and returns the future of its `PhotoRecord`."""
    if member.refusal:
        return pool.submit(record_refused, member)
    try:
        data = member.read()
    except Exception as error:  # Archives fail in many ways: checksums, passwords, truncation.
        return pool.submit(record_unreadable, member, error)
    return pool.submit(prepare, member, data)


def _is_there(record, pairs):
    return record.drop_reason or all((pairs / kind / record.file).exists() for kind in KINDS)
