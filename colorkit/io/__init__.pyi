from .find import (
    FoundFiles as FoundFiles,
    FoundPhoto as FoundPhoto,
    find_photos as find_photos,
)
from .photo import (
    Photo as Photo,
    PhotoError as PhotoError,
    PhotoWarning as PhotoWarning,
)
from .read import (
    decode_photo as decode_photo,
    read_photo as read_photo,
)
from .sample_photos import write_gray_samples as write_gray_samples
from .write import (
    encode_photo as encode_photo,
    write_photo as write_photo,
)
