from .augmentation.config import (
    REPORT_AUGMENTATION as REPORT_AUGMENTATION,
    REPORT_CODE_AUGMENTATION as REPORT_CODE_AUGMENTATION,
    Augmentation as Augmentation,
)
from .build import (
    BuildReport as BuildReport,
    build_dataset as build_dataset,
)
from .color_photos import open_color_photos as open_color_photos
from .crops import center_crop as center_crop
from .dataset import (
    PhotoBatches as PhotoBatches,
    load_photo_dataset as load_photo_dataset,
)
from .fetch.unsplash_fetch import fetch_photos as fetch_photos
from .fetch.url_fetch import fetch_urls as fetch_urls
from .fetch.words import read_words as read_words
from .manifest import (
    COLUMNS as COLUMNS,
    read_manifest as read_manifest,
)
from .sample_crops import (
    read_unseen_samples as read_unseen_samples,
    write_sample_crops as write_sample_crops,
)
from .source import (
    PhotoSource as PhotoSource,
    open_photos as open_photos,
)
from .split import split_photos as split_photos
from .tfrecord_writer import load_tfrecords as load_tfrecords
