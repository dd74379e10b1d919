"""The finished parts of a video, stored beside its result to resume an interrupted run."""

import contextlib
import dataclasses
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorkit.io.atomic_write import replace_when_whole
from colorkit.io.folder_lock import HOLDER, LOCK, hold_folder
from colorkit.typing import StrPath

_PROBE_TOLERANCE = 2  # of 255: tolerance between two runs of the same model
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


def hold_parts(target: StrPath) -> contextlib.AbstractContextManager[None]:
    """Context that keeps other processes from the parts of a result.

    Args:
        target: Path of the result.

    Raises:
        ValueError: If another process is at work on it; the message names that.
    """
    return hold_folder(_name_folder(Path(target)), is_temporary=True)


def remove_parts(target: StrPath) -> None:
    """Removes the parts of a result that is whole, as runs leave them that are killed at their end.

    Those on which another process is at work stay.

    Args:
        target: Path of the result.
    """
    folder = _name_folder(Path(target))
    if folder.exists():
        with contextlib.suppress(ValueError, OSError), hold_parts(target):
            _empty(folder)


class PartFolder:
    """The folder of a video's parts, hidden beside its result, to be used within `hold_parts`.

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
            self.delete()
            self._folder.mkdir(parents=True, exist_ok=True)
            np.save(self._folder / "probe.npy", probe)
            with replace_when_whole(self._claim) as temporary:  # last: it makes them this run's
                temporary.write_text(self._fingerprint, encoding="utf-8")

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
        """Deletes all parts: first what says whose they are, so that no run takes up half."""
        self._claim.unlink(missing_ok=True)
        _empty(self._folder)

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
        except Exception:  # damaged, or there is none
            return False
        if fingerprint != self._fingerprint or probe.shape != self._probe.shape:
            return False
        difference = np.abs(probe.astype(int) - self._probe)
        return difference.max(initial=0) <= _PROBE_TOLERANCE


def _empty(folder: Path) -> None:
    """Removes all files but the lock from a folder."""
    for path in folder.glob("*"):
        if path.name not in (LOCK, HOLDER):
            path.unlink()


def _name_folder(target: Path) -> Path:
    """Names the folder after the result, or by a hash where that name would be too long."""
    name = target.name
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()[:32]
    return target.with_name(f".colorkit-{name}-parts")
