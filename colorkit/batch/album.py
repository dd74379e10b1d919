"""Colours an album: photographs and videos, each noted in the journal of their folder when made."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any

from colorkit.batch.file_pipeline import colorize_files
from colorkit.batch.file_result import MADE, FileResult
from colorkit.batch.journal import ResultJournal, apply_journal, describe_settings
from colorkit.batch.sequences import colorize_sequences
from colorkit.batch.videos import colorize_videos
from colorkit.choices import JPEG_QUALITY, VIDEO_QUALITY
from colorkit.io.photo import FORMAT_OF_SUFFIX
from colorkit.io.temporary_names import remove_abandoned
from colorkit.typing import StrPath
from colorkit.video.muxer import CONTAINER_OF_SUFFIX

if TYPE_CHECKING:
    from colorkit.batch.plan import OutputPlan, PlannedPhoto
    from colorkit.inference.colorizer import Colorizer


@dataclasses.dataclass(frozen=True)
class AlbumSettings:
    """How an album is coloured.

    Attributes:
        model, size, style, saturation: As the `Colorizer` was given them.
        sequence: Whether photographs are the frames of a film, whose colours are steadied.
        strict, mark, jpeg_quality: As `colorize_files` takes them.
        video_quality, sound: As `colorize_video` takes them.
        controls: Dict of what guides the colours, as JSON takes it; empty for nothing.
    """

    model: StrPath = "colorkit_base"
    size: int | None = None
    style: str | None = None
    saturation: float = 1.0
    sequence: bool = False
    strict: bool = False
    mark: bool = True
    jpeg_quality: int = JPEG_QUALITY
    video_quality: int = VIDEO_QUALITY
    sound: str = "copy"
    controls: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def describe(self, planned: PlannedPhoto) -> dict[str, Any]:
        """Describes what decides a result, as the journal has it."""
        chosen: dict[str, Any] = {
            key: getattr(self, key) for key in ("size", "style", "saturation")
        }
        if self.controls:
            chosen["controls"] = dict(self.controls)
        suffix = planned.output.suffix.lower()
        if FORMAT_OF_SUFFIX.get(suffix) == "JPEG" and self.jpeg_quality != JPEG_QUALITY:
            chosen["jpeg_quality"] = self.jpeg_quality
        if suffix in CONTAINER_OF_SUFFIX:
            chosen.update(quality=self.video_quality, sound=self.sound)
        elif self.sequence:
            chosen["sequence"] = True
        return describe_settings(planned, self.model, **chosen)


class Album:
    """A plan, its settings, and the journal of the folder that results go to.

    Args:
        plan: `OutputPlan`.
        settings: `AlbumSettings`.
        overwrite: Whether results of the same photographs are made anew.

    Attributes:
        plan: The plan, in which results that are made already are marked, and those that would
            replace results of other photographs have other names.
        renamed: List of pairs of paths: of each result that has another name, the one planned and
            the one it gets.

    Raises:
        ValueError: If the one result that the plan names is of another photograph.
    """

    def __init__(
        self, plan: OutputPlan, settings: AlbumSettings, *, overwrite: bool = False
    ) -> None:
        self._settings = settings
        self._journal = ResultJournal(plan.folder)
        photos, videos = (
            apply_journal(
                planned,
                self._journal,
                settings.describe,
                overwrite=overwrite,
                may_rename=not plan.names_file,
            )
            for planned in (plan.photos, plan.videos)
        )
        self.plan = dataclasses.replace(plan, photos=photos, videos=tuple(videos))
        outputs = (
            [each.output for each in (*one.photos, *one.videos)] for one in (plan, self.plan)
        )
        self.renamed = [pair for pair in zip(*outputs, strict=True) if pair[0] != pair[1]]

    def colorize(
        self,
        colorizer: Colorizer,
        on_video_progress: Callable[[PlannedPhoto, int, int], None] | None = None,
    ) -> Generator[FileResult, None, None]:
        """Colours the photographs, then the videos; what dead runs have left is removed before.

        Args:
            colorizer: A `Colorizer`; not used where every result is made already.
            on_video_progress: As `colorize_videos` takes it.

        Yields:
            A `FileResult` for each photograph and video, in the plan's order.
        """
        for folder in {each.output.parent for each in (*self.plan.photos, *self.plan.videos)}:
            remove_abandoned(folder)
        with contextlib.closing(self._color_photos(colorizer)) as photos:
            yield from photos
        videos = colorize_videos(
            colorizer,
            self.plan.videos,
            on_video_progress,
            quality=self._settings.video_quality,
            sound=self._settings.sound,
        )
        for planned, result in zip(self.plan.videos, videos, strict=True):
            if result.status == MADE:
                self._note(planned)
            yield result

    def _color_photos(self, colorizer: Colorizer) -> Generator[FileResult, None, None]:
        settings = self._settings
        choices: dict[str, Any] = {
            "strict": settings.strict,
            "mark": settings.mark,
            "jpeg_quality": settings.jpeg_quality,
            "on_written": self._note,
        }
        if settings.sequence:
            return colorize_sequences(colorizer, self.plan.photos, settings.describe, **choices)
        return colorize_files(colorizer, self.plan.photos, **choices)

    def _note(self, planned: PlannedPhoto) -> None:
        self._journal.add(planned, self._settings.describe(planned))
