"""The limits of the page."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a page accepts, so that one visitor cannot stop it for the others.

    Attributes:
        megabytes: Int, size of an uploaded file, in MB of 2^20 bytes.
        megapixels: Number, size of a photograph in millions of pixels. Colouring takes about
            20 MB of memory for each.
        files: Int, photographs in one batch.
        waiting: Int, maximum length of the queue. Further jobs are rejected.
    """

    megabytes: int = 50
    megapixels: float = 50
    files: int = 100
    waiting: int = 20

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not value > 0:
                raise ValueError(
                    f"A limit of the page must be above 0. Received: {field.name}={value!r}"
                )

    @property
    def pixels(self):
        """The limit of a photograph's size, in pixels."""
        return int(self.megapixels * 1_000_000)

    @property
    def bytes(self):
        """The limit of a file's size, in bytes."""
        return self.megabytes << 20
