"""Colours video files one after the other; a bad one does not stop the others."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from colorkit.batch.failure import describe_failure, find_missing_module
from colorkit.batch.file_result import FAILED, MADE, SKIPPED, FileResult
from colorkit.video.parts import remove_parts
from colorkit.video.video_colorizer import colorize_video

if TYPE_CHECKING:
    from colorkit.batch.plan import PlannedPhoto
    from colorkit.inference.colorizer import Colorizer

_log = logging.getLogger(__name__)


def colorize_videos(
    colorizer: Colorizer,
    videos: Iterable[PlannedPhoto],
    on_progress: Callable[[PlannedPhoto, int, int], None] | None = None,
    **options: Any,
) -> Iterator[FileResult]:
    """Colours video files, each as `colorize_video` does.

    Args:
        colorizer: A `Colorizer`; not used where every result exists already.
        videos: Iterable of `colorkit.batch.plan.PlannedPhoto`, each of a video.
        on_progress: Function of a video's plan, its frames done and all its frames (0 if unknown),
            or `None`.
        **options: `quality` and `sound`, as `colorize_video` takes them.

    Yields:
        A `FileResult` for each video, in order.
    """
    for planned in videos:
        if planned.is_made:
            remove_parts(planned.output)
            yield FileResult(planned.source, planned.output, SKIPPED, is_video=True)
            continue
        start = time.perf_counter()

        def report(done: int, total: int, planned: PlannedPhoto = planned) -> None:
            if on_progress is not None:
                on_progress(planned, done, total)

        try:
            size, frames, notes = colorize_video(
                colorizer, planned.source, planned.output, on_progress=report, **options
            )
        except Exception as error:
            _log.debug("%s", planned.source, exc_info=error)
            reason = describe_failure(error, planned.source, planned.output)
            yield FileResult(
                planned.source,
                planned.output,
                FAILED,
                reason,
                is_video=True,
                lacks=find_missing_module(error),
            )
        else:
            yield FileResult(
                planned.source,
                planned.output,
                MADE,
                width=size[1],
                height=size[0],
                frames=frames,
                notes=notes,
                is_video=True,
                seconds={"video": time.perf_counter() - start},
            )
