"""The names from which functions and commands let choose, each said once.

Nothing is imported here, so that the command line can name them before anything heavy is loaded.
"""

RUNTIMES = ("keras", "onnx", "litert")
"""What runs networks. Only the first needs Keras and its backend."""

PRECISIONS = ("auto", "float32", "mixed_bfloat16")
"""What networks can be run in."""

TRAINING_PRECISIONS = (*PRECISIONS, "mixed_float16")
"""What networks can be trained in."""

STYLE_NAMES = ("faithful", "balanced", "vivid")
"""How strong colours are, where a network classifies them."""

PHOTO_FORMATS = {
    "jpg": "JPEG",
    "jpeg": "JPEG",
    "png": "PNG",
    "tif": "TIFF",
    "tiff": "TIFF",
    "webp": "WEBP",
    "bmp": "BMP",
}
"""The usual suffixes of photographs, and what they are."""

SPLITS = ("train", "validation", "test")
"""Parts of a set of photographs."""

FITS = ("crop", "squash", "pad")
"""How a photograph becomes square: the middle of it; the whole, its shape changed; the whole, with
black beside it."""

DATASET_FORMATS = ("folder", "tfrecord")
"""What a data set can be written as."""

DISTRIBUTORS = ("multiprocessing", "pyspark", "ray")
"""Ways to share out the fetching of a list; a package of its name is needed for each but the
first."""

PROTOCOL_NAMES = ("native", "resize256", "crop256")
"""Which pixels of a photograph are coloured and measured."""

EXPORT_FORMATS = ("saved_model", "onnx", "litert", "keras")
"""What a network can be exported to."""

SIGNATURES = ("ab", "picture")
"""What an export can compute: a network's colour, or whole pictures."""

WEIGHT_DTYPES = ("float32", "float16", "int8")
"""What the weights of an export can be kept in. Arithmetic is float32 in all."""
