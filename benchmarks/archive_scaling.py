"""Compares the rate of `colorkit.cluster.colorize_archive` on one machine of a core, and on two.

Each machine is a node of a Ray cluster on the loopback interface, kept to a core of its own by the
system (`os.sched_setaffinity`, Linux); the driver may use all cores. The rate is that of a long
folder less a short one, so that starts do not count. Claim: two colour at least 1.7 times as fast.

    python benchmarks/archive_scaling.py --photos 16 400 --megapixels 1
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import ray
from folder_speed import draw_folder
from ray.cluster_utils import Cluster

from colorkit.batch.album import AlbumSettings
from colorkit.cluster import ArchiveJob, colorize_archive

REPOSITORY = Path(__file__).parents[1]


def time_nodes(cores, folders, targets):
    """Colours folders on a cluster with a node on each core. Returns the seconds of each folder."""
    everywhere = os.sched_getaffinity(0)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    try:
        for core in cores:
            os.sched_setaffinity(0, {core})
            cluster.add_node(num_cpus=1)
        os.sched_setaffinity(0, everywhere)
        ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
        seconds = []
        for source, target in zip(folders, targets, strict=True):
            job = ArchiveJob(str(source), str(target), AlbumSettings(), runtime="onnx")
            start = time.perf_counter()
            totals = colorize_archive(job, workers=len(cores))
            seconds.append(time.perf_counter() - start)
            print(f"{len(cores)} of a core: {totals.counts} in {seconds[-1]:.1f} s", flush=True)
        return seconds
    finally:
        os.sched_setaffinity(0, everywhere)
        ray.shutdown()
        cluster.shutdown()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, nargs=2, default=(16, 400), help="of two folders")
    parser.add_argument("--megapixels", type=float, default=1)
    arguments = parser.parse_args()
    paths = [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)  # for the processes of the nodes
    few, many = arguments.photos
    rates = []
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder) / str(number) for number in (few, many)]
        for place, number in zip(places, (few, many), strict=True):
            draw_folder(place, number, [arguments.megapixels] * 2)
        for cores in ([0], [0, 1]):
            targets = [place / f"by-{len(cores)}" for place in places]
            seconds = time_nodes(cores, [place / "gray" for place in places], targets)
            rates.append((many - few) / (seconds[1] - seconds[0]))
    print(
        f"photographs a second: {rates[0]:.2f} by one core, {rates[1]:.2f} by two: "
        f"{rates[1] / rates[0]:.2f} times as many"
    )


if __name__ == "__main__":
    main()
