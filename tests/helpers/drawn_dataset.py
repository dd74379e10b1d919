"""Photographs to make a data set from, some to be dropped, and what lies in a finished one."""

import csv
import hashlib
import tarfile

import cv2
import numpy as np
from drawn_photos import draw_photo, save_photo

GOOD = 40
DROPPED = {"refused": 1, "unreadable": 2, "too small": 1, "gray": 1, "near-duplicate": 3}


def draw_photos(folder):
    """Draws `GOOD` photographs, and one or more of each kind that is dropped, into a folder."""
    for number in range(GOOD):
        suffix = ("png", "jpg", "webp")[number % 3]
        save_photo(folder / f"{number % 4}" / f"{number:03d}.{suffix}", draw_photo(number))
    (folder / "0" / "broken.jpg").write_bytes(b"no picture")
    (folder / "1" / "cut.jpg").write_bytes((folder / "0" / "004.jpg").read_bytes()[:400])
    save_photo(folder / "2" / "small.png", draw_photo(100, 31, 50))
    gray = cv2.cvtColor(draw_photo(101), cv2.COLOR_RGB2GRAY)
    save_photo(folder / "3" / "gray.png", gray)
    save_photo(folder / "a copy.jpg", draw_photo(5), quality=60)
    save_photo(folder / "half.png", cv2.resize(draw_photo(6, 96, 128), (64, 48)))
    save_photo(folder / "mirrored.png", np.ascontiguousarray(draw_photo(7)[:, ::-1]))
    with tarfile.open(folder / "shard.tar", "w") as archive:
        archive.add(folder / "0" / "008.webp", "../008.webp")
    return folder


def tree(folder):
    """Dict from the path of every file to its bytes' digest."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows_of(out):
    """The manifest of a data set: a dict a photograph."""
    with open(out / "manifest.csv", newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))
