"""The finished parts of a video, stored beside its result to resume an interrupted run."""

import contextlib
import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorkit.io.atomic_write import replace_when_whole
from colorkit.typing import StrPath

_PROBE_TOLERANCE = 2  # of 255: tolerance between two runs of the same network
_LONGEST_NAME = 160  # bytes: disks take 255, and the folder is made under a longer name first


@dataclasses.dataclass(frozen=True)
class Part:
    """One finished part.

    Attributes:
        path: Path of its encoded frames.
        pts, durations: int64 arrays of shape `(frames,)`, in the clip's time base.
        state: Dict of arrays, of the `ChromaStabilizer` after its last frame.
    """

    path: Path
    pts: NDArray[np.int64]
    durations: NDArray[np.int64]
    state: dict[str, NDArray[Any]]


class PartFolder:
    """The folder of a video's parts, hidden beside its result.

    Parts of an earlier run are reused if the video's file has not changed, and this run colours
    its first frame the same; otherwise they are deleted.

    Args:
        source: Path of the video.
        target: Path of its result.
        settings: JSON-serializable dict of all settings that affect parts.
        probe: uint8 array: the first frame as this run colours it.
    """

    def __init__(
        self,
        source: StrPath,
        target: StrPath,
        settings: Mapping[str, object],
        probe: NDArray[np.uint8],
    ) -> None:
        self._folder = _name_folder(Path(target))
        self._claim = self._folder / "claim.json"
        status = Path(source).stat()
        file = {"bytes": status.st_size, "modified": status.st_mtime_ns}
        self._fingerprint = json.dumps({**settings, **file}, sort_keys=True)
        self._probe = probe
        if not self._is_same_run():
            shutil.rmtree(self._folder, ignore_errors=True)
            with replace_when_whole(self._folder) as temporary:
                temporary.mkdir()
                (temporary / self._claim.name).write_text(self._fingerprint, encoding="utf-8")
                np.save(temporary / "probe.npy", probe)

    def finished(self) -> list[Part]:
        """Returns the list of finished `Part`s, in order."""
        parts: list[Part] = []
        while self._records(len(parts)).exists():
            try:
                with np.load(self._records(len(parts))) as records:
                    arrays = dict(records)
                times = arrays.pop("pts"), arrays.pop("durations")
            except Exception:  # NumPy raises many kinds for damaged files.
                self._delete_from(len(parts))
                break
            parts.append(Part(self._encoded(len(parts)), *times, arrays))
        return parts

    @contextlib.contextmanager
    def add(self, number: int) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Context that yields a temporary path for part `number` and a dict for its records.

        The part counts as finished once both are on disk.
        """
        records: dict[str, Any] = {}
        with replace_when_whole(self._encoded(number)) as temporary:
            yield temporary, records
        with replace_when_whole(self._records(number)) as temporary, open(temporary, "xb") as file:
            np.savez(file, **records)

    def delete(self) -> None:
        """Deletes the folder: first what says whose it is, so that no run takes up half of it."""
        self._claim.unlink()
        shutil.rmtree(self._folder)

    def _delete_from(self, number: int) -> None:
        """Deletes the records of a part and of those after it, so that they are made anew."""
        while self._records(number).exists():
            self._records(number).unlink()
            number += 1

    def _encoded(self, number: int) -> Path:
        return self._folder / f"{number:06d}.nut"

    def _records(self, number: int) -> Path:
        return self._folder / f"{number:06d}.npz"

    def _is_same_run(self) -> bool:
        try:
            fingerprint = self._claim.read_text(encoding="utf-8")
            probe = np.load(self._folder / "probe.npy")
        except Exception:  # as above, or there is none
            return False
        if fingerprint != self._fingerprint or probe.shape != self._probe.shape:
            return False
        difference = np.abs(probe.astype(int) - self._probe)
        return difference.max(initial=0) <= _PROBE_TOLERANCE


def _name_folder(target: Path) -> Path:
    """Names the folder after the result, or by a hash where that name would be too long."""
    name = target.name
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()[:32]
    return target.with_name(f".colorkit-{name}-parts")
