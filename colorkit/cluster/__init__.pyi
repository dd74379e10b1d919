from .archive import colorize_archive as colorize_archive
from .building import build_on_cluster as build_on_cluster
from .evaluating import evaluate_on_cluster as evaluate_on_cluster
from .job import ArchiveJob as ArchiveJob
