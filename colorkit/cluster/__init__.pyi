from .archive import (
    ArchiveJob as ArchiveJob,
    colorize_archive as colorize_archive,
)
