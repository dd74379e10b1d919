"""img2dataset's downloader, kept to the public internet in whichever process it runs."""

from typing import Any

from img2dataset.downloader import Downloader

from colorkit.data.fetch.public_addresses import install_guard


class PublicDownloader(Downloader):
    """A `Downloader` that refuses private addresses; processes find it by its module."""

    def __call__(self, row: Any) -> Any:
        install_guard()
        return super().__call__(row)
