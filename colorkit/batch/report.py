"""The report of `colorkit colorize`, as one line and as JSON."""

from __future__ import annotations

import collections
import dataclasses
import json
import sys
from collections.abc import Mapping
from typing import Any

from colorkit.backend.versions import find_versions
from colorkit.batch.file_result import FAILED, MADE, PASSED_OVER, SKIPPED, FileResult
from colorkit.io.atomic_write import replace_when_whole
from colorkit.typing import StrPath

REPORTED_PACKAGES = ("keras", "tensorflow", "jax", "numpy", "opencv-python-headless", "pillow")

_KINDS_TOLD = 6  # of those passed over, in the summary


@dataclasses.dataclass
class RunTotals:
    """What became of the files of a run, in numbers.

    Attributes:
        counts: `collections.Counter` of files by status: `MADE`, `SKIPPED` (made already),
            `FAILED`, `PASSED_OVER`.
        kinds: `collections.Counter` of what was passed over, by what it is.
        gone_through: Number of results.
        pixels: Of all that was made.
        videos, frames: Number of videos made, and of their frames.
        damaged, lost: Number of photographs made that are damaged, or some of whose metadata do
            not fit.
        only_videos: Whether no photograph is among the results.
    """

    counts: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    kinds: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    gone_through: int = 0
    pixels: int = 0
    videos: int = 0
    frames: int = 0
    damaged: int = 0
    lost: int = 0
    only_videos: bool = True

    def add(self, result: FileResult) -> None:
        """Counts a `FileResult`."""
        self.gone_through += 1
        self.counts[result.status] += 1
        self.only_videos &= result.is_video
        if result.status == MADE:
            self.pixels += (result.width or 0) * (result.height or 0) * (result.frames or 1)
            self.videos += result.is_video
            self.frames += result.frames or 0
            self.damaged += result.damage is not None
            self.lost += bool(result.lost)

    def add_unread(self, status: str, reason: str) -> None:
        """Counts what is `FAILED` or `PASSED_OVER` before it is read."""
        self.counts[status] += 1
        if status == PASSED_OVER:
            self.kinds[reason] += 1

    def merge(self, other: RunTotals) -> None:
        """Adds the numbers of another part of the run."""
        for field in dataclasses.fields(self):
            mine, its = getattr(self, field.name), getattr(other, field.name)
            both = mine and its if field.name == "only_videos" else mine + its
            setattr(self, field.name, both)

    def summary(self, seconds: float) -> str:
        """Returns one line about the run.

        Args:
            seconds: How long it took.
        """
        made, skipped, failed = (self.counts[status] for status in (MADE, SKIPPED, FAILED))
        parts = [f"Coloured {self._told_made()}"]
        if made:
            parts[0] += f" in {seconds:.1f} s"
        if made and not self.videos:
            parts[0] += f" ({made / max(seconds, 1e-9):.1f} a second)"
        if self.damaged:
            parts.append(f"{self.damaged} of them damaged, coloured as far as they go")
        if self.lost:
            parts.append(f"some metadata of {self.lost} did not fit the format (see --report)")
        if skipped:
            parts.append(f"skipped {skipped} already made (--overwrite makes them anew)")
        if failed:
            parts.append(f"{failed} failed")
        if self.kinds:
            kinds = ", ".join(f"{count} {kind}" for kind, count in self._told_kinds())
            parts.append(f"passed over {self.kinds.total()} ({kinds})")
        return ", ".join(parts) + "."

    def _told_made(self) -> str:
        photos = self.counts[MADE] - self.videos
        told_photos = f"{photos} photograph{'' if photos == 1 else 's'}"
        if not self.videos:
            return "0 videos" if self.gone_through and self.only_videos else told_photos
        videos = f"{self.videos} video{'' if self.videos == 1 else 's'} of {self.frames} frames"
        return f"{told_photos} and {videos}" if photos else videos

    def _told_kinds(self) -> list[tuple[str, int]]:
        """Lists the commonest kinds that were passed over, the rest as one."""
        kinds = [(f"x {kind}", count) for kind, count in self.kinds.most_common()]
        if len(kinds) > _KINDS_TOLD:
            rest = sum(count for _, count in kinds[_KINDS_TOLD - 1 :])
            kinds = [*kinds[: _KINDS_TOLD - 1], ("of other kinds", rest)]
        return kinds


def describe_result(result: FileResult) -> dict[str, Any]:
    """Describes a `FileResult` as the report has it: a dict without what is unknown or empty."""
    entry = {
        "input": str(result.source),
        "output": str(result.output),
        "status": result.status,
        "reason": result.reason,
        "width": result.width,
        "height": result.height,
        "frames": result.frames,
        "page": result.page,
        "damage": result.damage,
        "lost_metadata": list(result.lost) or None,
        "notes": list(result.notes) or None,
        "input_height_width": result.input_size,
        "out_of_gamut_pixels": result.out_of_gamut,
        "seconds": {stage: round(time, 4) for stage, time in result.seconds.items()},
    }
    return {key: value for key, value in entry.items() if value not in (None, {})}


class ColorizingReport:
    """Collects the results of a run.

    Args:
        settings: Dict of the run's settings, such as `{"model": "colorkit_base", "size": None}`.
        failed: Dict from inputs that mean no photograph, and entries of folders that cannot be
            looked at, to the reasons; each counts as failed.
        passed_over: Dict from entries of folders that are no photographs to what they are.

    Attributes:
        is_complete: Whether all photographs were gone through; set by the caller.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        failed: Mapping[str, str] | None = None,
        passed_over: Mapping[str, str] | None = None,
    ) -> None:
        self.is_complete = False
        self._settings = settings
        self._photos: list[dict[str, Any]] = []
        self._totals = RunTotals()
        for status, reasons in ((FAILED, failed), (PASSED_OVER, passed_over)):
            for given, reason in (reasons or {}).items():
                self._totals.add_unread(status, reason)
                self._photos.append({"input": given, "status": status, "reason": reason})

    @property
    def counts(self) -> collections.Counter[str]:
        """`collections.Counter` of files by status, as `RunTotals` has it."""
        return self._totals.counts

    @property
    def gone_through(self) -> int:
        """Number of results added."""
        return self._totals.gone_through

    def add(self, result: FileResult) -> None:
        """Adds a `FileResult`."""
        self._totals.add(result)
        self._photos.append(describe_result(result))

    def summary(self, seconds: float) -> str:
        """Returns one line about the run.

        Args:
            seconds: How long it took.

        Example:
            >>> lists = {"album/a.pdf": "a PDF document", "album/b.pdf": "a PDF document"}
            >>> ColorizingReport({}, passed_over=lists).summary(2.0)
            'Coloured 0 photographs, passed over 2 (2 x a PDF document).'
        """
        return self._totals.summary(seconds)

    def to_json(self, seconds: float) -> str:
        """Returns everything as JSON text.

        Args:
            seconds: How long the run took.
        """
        report = {
            "settings": self._settings,
            "versions": _versions(),
            "complete": self.is_complete,
            "totals": {
                "files": sum(self.counts.values()),
                **{
                    status.replace(" ", "_"): self.counts[status]
                    for status in (MADE, SKIPPED, FAILED, PASSED_OVER)
                },
                "damaged": self._totals.damaged,
                "megapixels_made": round(self._totals.pixels / 1e6, 3),
                "seconds": round(seconds, 3),
            },
            "photos": self._photos,
        }
        return json.dumps(report, indent=1, ensure_ascii=False) + "\n"

    def write(self, path: StrPath, seconds: float) -> None:
        """Writes the JSON to a file atomically.

        Args:
            path: Path of the file; folders are made.
            seconds: How long the run took.
        """
        with replace_when_whole(path) as temporary:
            # A name that is not UTF-8 has lone surrogates, of which this makes JSON's escapes.
            temporary.write_text(self.to_json(seconds), encoding="utf-8", errors="backslashreplace")


def _versions() -> dict[str, str]:
    """Finds the versions of what is installed, and the backend if Keras was imported."""
    found = find_versions(REPORTED_PACKAGES)
    versions = {name: version for name, version in found.items() if version is not None}
    if "keras" in sys.modules:
        versions["backend"] = sys.modules["keras"].backend.backend()
    return versions
