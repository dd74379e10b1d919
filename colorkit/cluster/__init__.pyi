from .archive import colorize_archive as colorize_archive
from .job import ArchiveJob as ArchiveJob
