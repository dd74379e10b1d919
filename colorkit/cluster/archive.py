"""Colours an archive on a Ray cluster.

A task lists the archive and cuts it into chunks (`cluster.chunks`); actors with the model loaded
colour them (`cluster.worker`), each by the pipeline of the folder run, and read and write by
themselves, so that only names pass through Ray; the driver adds up numbers. What became of each
file is recorded beside the results (`cluster.records`), for the report and for the next run.
"""

from __future__ import annotations

import dataclasses
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from colorkit.batch.report import RunTotals
from colorkit.cluster.chunks import iterate_chunks
from colorkit.cluster.connection import Cluster, limiting_environment
from colorkit.cluster.job import ArchiveJob
from colorkit.cluster.records import STATE_FOLDER, RecordFolder, totals_from_json, write_report
from colorkit.cluster.worker import ChunkColorizer
from colorkit.io.open_binary import is_local
from colorkit.io.photo import FORMAT_OF_SUFFIX, PhotoError, find_format
from colorkit.io.places import open_place

REPORT = "report.parquet"
"""Name of the report in the folder of the records, where no other is given."""

_QUEUED_BYTES = 64_000_000  # of chunks that are listed and not coloured yet


def colorize_archive(
    job: ArchiveJob,
    *,
    address: str | None = None,
    workers: int | None = None,
    report: str | None = None,
    on_progress: Callable[[RunTotals, list[str]], None] | None = None,
) -> RunTotals:
    """Colours an archive on a Ray cluster, and reports on each file in one Parquet file.

    Results are the same bytes as those of a folder run. A second run colours only what is missing.
    What a node that is lost had in hand is coloured by another.

    Args:
        job: `ArchiveJob`.
        address: Address of a Ray cluster, such as `"auto"` or `"ray://head:10001"`; `None` for the
            cores of this machine, or the cluster that `ray.init` has joined already.
        workers: Number of processes that colour, each on a core, or on a GPU and its share of the
            cores where the cluster has some. `None` for as many as there are.
        report: Path or address of the Parquet file; `None` for `.colorkit/report.parquet` among
            the results.
        on_progress: Function of the `RunTotals` so far and of a list with the reasons of what has
            failed since, called for every chunk.

    Returns:
        `RunTotals`.

    Raises:
        ImportError: If Ray is not installed.
        ValueError: If source, target or report do not fit, or nothing reads such addresses.
        PhotoError: If the source cannot be listed, or has no photographs.
        ConnectionError: If there is no cluster at the address.
    """
    job = dataclasses.replace(_checked(job), run=uuid.uuid4().hex)
    report = report or f"{job.target}/{STATE_FOLDER}/{REPORT}"
    open_place(report)
    with Cluster(address) as cluster:
        RecordFolder(open_place(job.target)).announce(job.run)
        totals = RunTotals()
        for batch in _stream(cluster, job, workers):
            for numbers, reasons in zip(batch["totals"], batch["failures"], strict=True):
                totals.merge(totals_from_json(str(numbers)))
                if on_progress is not None:
                    on_progress(totals, str(reasons).split("\n") if reasons else [])
        if not totals.counts:
            raise PhotoError(f"Cannot find photographs in {job.source}: it is empty.")
        gather = cluster.ray.remote(num_cpus=0)(_write_report)  # on any of the nodes
        cluster.ray.get(gather.remote(job.target, job.run, report))
    return totals


def _checked(job: ArchiveJob) -> ArchiveJob:
    source, target = open_place(job.source), open_place(job.target)
    if target.suffix.lower() in FORMAT_OF_SUFFIX or (is_local(target) and target.is_file()):
        raise ValueError(f"Expected -o to name a folder. Received: {target}")
    if source == target or source in target.parents and is_local(source) and source.is_file():
        raise ValueError(
            f"Expected -o to name another folder than the photographs'. Received: {target}"
        )
    if target in source.parents:
        raise ValueError(
            f"Expected -o to name a folder that does not hold the photographs, which results "
            f"might replace. Received: {target}, which holds {source}"
        )
    if job.file_format is not None:
        find_format("the results", job.file_format)
    model = os.fspath(job.settings.model)
    if os.path.exists(model):  # Workers have another current folder.
        settings = dataclasses.replace(job.settings, model=os.path.abspath(model))
        job = dataclasses.replace(job, settings=settings)
    return dataclasses.replace(job, source=str(source), target=str(target))


def _stream(cluster: Cluster, job: ArchiveJob, workers: int | None) -> Iterator[dict[str, Any]]:
    """Yields what `ChunkColorizer` returns for each chunk, as soon as it is coloured."""
    number, cores, gpus = cluster.count_workers(workers)
    with cluster.data(_QUEUED_BYTES) as data:
        data.DataContext.get_current().target_max_block_size = 1  # A chunk a block, to be shared.
        rows = data.from_items([{"source": job.source}]).map_batches(
            _list_chunks, fn_kwargs={"job": job}, batch_size=1, num_cpus=0
        )
        colored = rows.map_batches(
            ChunkColorizer,
            fn_constructor_args=(job, cores),
            batch_size=1,
            compute=data.ActorPoolStrategy(min_size=1, max_size=number),
            num_cpus=cores,
            num_gpus=gpus,
            runtime_env=limiting_environment(cores),
        )
        yield from colored.iter_batches(batch_size=None, prefetch_batches=0)


def _list_chunks(batch: Mapping[str, Any], job: ArchiveJob) -> Iterator[dict[str, Any]]:
    chunks = iterate_chunks(
        open_place(job.source),
        open_place(job.target),
        file_format=job.file_format,
        exclude=job.exclude,
    )
    for chunk in chunks:
        yield {"chunk": np.array([chunk.to_json()], object)}


def _write_report(target: str, run: str, path: str) -> int:
    return write_report(open_place(target), run, open_place(path))
