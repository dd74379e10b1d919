"""An archive of drawn photographs of many kinds, a cluster of processes.

With a colorizer that has no model."""

import contextlib
import io
import os
import tarfile
import time
import types
from pathlib import Path

import numpy as np
import tifffile
from drawn_photos import draw_photo, save_photo

import colorkit
from colorkit.batch.file_pipeline import colorize_files
from colorkit.batch.plan import plan_outputs

PLACES = (Path(colorkit.__file__).parents[1], Path(__file__).parent)


class Tinting:
    """Colours without a model, slowly if told, and ends its process at a photograph of 13 rows."""

    def __init__(self, seconds=0.0):
        self._seconds = seconds

    def prepare(self, image, hints=None):
        if image.shape[0] == 13:
            os._exit(1)
        return types.SimpleNamespace(image=image, input_shape=image.shape[:2])

    def predict(self, prepared):
        time.sleep(self._seconds * len(prepared))
        return [None] * len(prepared)

    def finish(self, prepared, color):
        gray = prepared.image if prepared.image.ndim == 2 else prepared.image[..., 0]
        pixels = np.stack([gray, gray // 2, gray // 3], axis=-1)
        return types.SimpleNamespace(pixels=pixels, input_size=(8, 8), out_of_gamut=number_of(gray))


def number_of(gray):
    return int(gray.sum()) % 100


def draw_archive(folder, number=50):
    """Draws photographs in folders, with pages, twins, what is broken and what is none."""
    for n in range(number):
        suffix = (".jpg", ".png", ".webp")[n % 3]
        save_photo(folder / f"{n % 7:02}" / f"{n:03}{suffix}", draw_photo(n, 24 + n % 5, 32))
    for name in ("twin.png", "twin.gif", "TWIN.png", "none"):
        save_photo(folder / "00" / name, draw_photo(200, 20, 30), format="PNG")
    pages = np.stack([draw_photo(300 + n, 20, 30) for n in range(3)])
    tifffile.imwrite(folder / "00" / "pages.tif", pages, photometric="rgb")
    save_photo(folder / "00" / "pages_p1.tif", draw_photo(310, 20, 30))
    deep = draw_photo(320, 20, 30)[..., 0].astype("uint16") * 257
    tifffile.imwrite(folder / "01" / "deep.tif", deep)
    (folder / "01" / "broken.jpg").write_bytes(b"no photograph")
    (folder / "01" / "notes.txt").write_text("no photograph")
    return folder


def color_on_one_machine(colorizer, source, target, **options):
    """Colours as the folder run does. Returns a dict from the results' names to their bytes."""
    plan = plan_outputs([source], target, **options)
    list(colorize_files(colorizer, plan.photos, mark=True))
    return contents(target)


def contents(folder):
    """Dict from the relative paths of files to their bytes, without hidden ones."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def write_tar(path, members):
    """Writes a tar file of a dict from names to bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as file:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_000_000
            file.addfile(info, io.BytesIO(data))
    return path


def read_tar(path):
    """Returns the members of a tar file as a dict from names to bytes."""
    with tarfile.open(path) as file:
        return {member.name: file.extractfile(member).read() for member in file}


@contextlib.contextmanager
def run_cluster(nodes):
    """Starts a Ray cluster of nodes of a core each on the loopback interface, and joins it."""
    import ray
    from ray.cluster_utils import Cluster

    paths = os.pathsep.join(map(str, (*PLACES, os.environ.get("PYTHONPATH", ""))))
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = paths
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    try:
        for _ in range(nodes):
            cluster.add_node(num_cpus=1)
        ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()
        if before is None:
            os.environ.pop("PYTHONPATH")
        else:
            os.environ["PYTHONPATH"] = before
