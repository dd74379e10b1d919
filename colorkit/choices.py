"""The allowed values of arguments and command-line options, each listed once.

Nothing is imported here, so that the command line can list them before heavy imports.
"""

RUNTIMES = ("keras", "onnx", "litert")
"""Runtimes of models. Only the first needs Keras and its backend."""

ENGINES = ("local", "ray")
"""What spreads the work over cores: one process, or the processes of a Ray cluster."""

PRECISIONS = ("auto", "float32", "mixed_bfloat16")
"""Precisions for inference."""

STRATEGIES = ("none", "mirrored", "multiworker", "tpu")
"""Which devices train together."""

TRAINING_PRECISIONS = (*PRECISIONS, "mixed_float16")
"""Precisions for training."""

MAX_SATURATION = 10.0
"""Largest factor of a and b. Twice a model's colours are garish already."""

STYLE_NAMES = ("faithful", "balanced", "vivid")
"""Decoding styles of models that classify colour."""

PHOTO_FORMATS = {
    "jpg": "JPEG",
    "jpeg": "JPEG",
    "png": "PNG",
    "tif": "TIFF",
    "tiff": "TIFF",
    "webp": "WEBP",
    "bmp": "BMP",
    "avif": "AVIF",
    "jp2": "JPEG2000",
}
"""File suffixes of photographs, and their formats."""

JPEG_QUALITY = 95
"""Quality of JPEG results, 1 to 100, by default."""

SPLITS = ("train", "validation", "test")
"""Splits of a data set."""

FOLDERS = "folders"
"""In place of a split's percentages: the photographs' folders have the splits' names."""

FITS = ("crop", "squash", "pad")
"""How a photograph becomes square: centre crop, squash to 1:1, or pad with black."""

DATASET_FORMATS = ("folder", "tfrecord")
"""Output formats of a data set."""

DISTRIBUTORS = ("multiprocessing", "pyspark", "ray")
"""img2dataset's distributors; all but the first need the package of that name."""

PROTOCOL_NAMES = ("native", "resize256", "crop256")
"""Evaluation protocols."""

EXPORT_FORMATS = ("saved_model", "onnx", "litert", "keras")
"""Export formats."""

SIGNATURES = ("ab", "picture", "network")
"""Signatures of exports: the model's ab, whole pictures, or the model's own output, which is
RGB for the report's model 1."""

WEIGHT_DTYPES = ("float32", "float16", "int8")
"""Dtypes of an export's stored weights. Computation is float32, or int8 if calibrated."""

SOUND_MODES = ("copy", "encode", "drop")
"""What becomes of a video's sound: copied where the result's format holds it, re-encoded, or left
out."""

VIDEO_QUALITY = 18
"""x264's constant quality (CRF) of videos, 0 (lossless) to 51, by default: 18 is taken
for visually lossless."""

LOOKS = ("autochrome", "kodachrome", "hand-tinted")
"""Looks of old colour processes."""
