"""What is to be done with an archive, as every worker is told."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from colorkit.batch.album import AlbumSettings
from colorkit.cluster.listing import SHARD_SUFFIXES

if TYPE_CHECKING:
    from colorkit.batch.file_pipeline import PictureColorizer
    from colorkit.batch.plan import PlannedPhoto


@dataclasses.dataclass(frozen=True)
class ArchiveJob:
    """How an archive is coloured.

    Args:
        source: Path or address of a folder, or of one file: photographs, tar files, Parquet.
        target: Path or address of the folder of the results.
        settings: `AlbumSettings`; those of videos and sequences are not used.
        runtime: As `Colorizer` takes it.
        file_format: Format of the results, or `None` to keep each photograph's own.
        page: Number of the only page to colour, from 1, of each TIFF of several; `None` for all.
        exclude: Patterns of what to pass over.
        overwrite: Whether results that exist are made anew.
        run: Name of the run, which `colorize_archive` gives.
        make_colorizer: Function without arguments that returns what colours in place of a
            `Colorizer` of the settings; it is pickled.
    """

    source: str
    target: str
    settings: AlbumSettings = AlbumSettings()
    runtime: str | None = None
    file_format: str | None = None
    page: int | None = None
    exclude: tuple[str, ...] = ()
    overwrite: bool = False
    run: str = ""
    make_colorizer: Callable[[], PictureColorizer] | None = None

    def describe(self, planned: PlannedPhoto) -> dict[str, Any]:
        """Describes what decides a result, as the records have it."""
        described = self.settings.describe(planned)
        if planned.output.suffix.lower() in SHARD_SUFFIXES:
            described.update(format=self.file_format, jpeg_quality=self.settings.jpeg_quality)
        return described

    def open_colorizer(self) -> PictureColorizer:
        """Loads the model."""
        if self.make_colorizer is not None:
            return self.make_colorizer()
        from colorkit.inference.colorizer import Colorizer

        settings = self.settings
        return Colorizer(
            settings.model,
            size=settings.size,
            saturation=settings.saturation,
            style=settings.style,
            runtime=self.runtime,
        )
