"""The limits of the page."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a page accepts, so that one visitor cannot stop it for the others.

    Attributes:
        megabytes: Int, size of an uploaded file, in MB of 2^20 bytes.
        request_megabytes: Int, size of all files that are uploaded at once, likewise.
        disk_megabytes: Int, size of all uploads and results that are kept, likewise. The oldest go
            first.
        megapixels: Number, size of a photograph in millions of pixels. Colouring takes about
            20 MB of memory for each.
        seconds: Number, time that decoding a photograph may take.
        files: Int, photographs in one batch.
        waiting: Int, maximum length of the queue. Further jobs are rejected.
    """

    megabytes: int = 50
    request_megabytes: int = 500
    disk_megabytes: int = 4000
    megapixels: float = 50
    seconds: float = 30
    files: int = 100
    waiting: int = 20

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not value > 0:
                raise ValueError(
                    f"A limit of the page must be above 0. Received: {field.name}={value!r}"
                )
        sizes = self.megabytes, self.request_megabytes, self.disk_megabytes
        if list(sizes) != sorted(sizes):
            raise ValueError(
                "A file must fit in a request, and a request on the disk. Received: "
                "megabytes={}, request_megabytes={}, disk_megabytes={}".format(*sizes)
            )

    @property
    def pixels(self) -> int:
        """The limit of a photograph's size, in pixels."""
        return int(self.megapixels * 1_000_000)

    @property
    def bytes(self) -> int:
        """The limit of a file's size, in bytes."""
        return self.megabytes << 20

    @property
    def request_bytes(self) -> int:
        """The limit of a request's size, in bytes."""
        return self.request_megabytes << 20

    @property
    def disk_bytes(self) -> int:
        """The limit of the size of all uploads and results, in bytes."""
        return self.disk_megabytes << 20
