# %% [markdown]
# # 8. Export and serve: SavedModel, ONNX, LiteRT
#
# A trained model leaves Python here: as a SavedModel for TensorFlow Serving, as ONNX for any
# runtime that speaks it, as LiteRT (formerly TensorFlow Lite) for phones. Each export is loaded
# again by the runtime that is to run it and compared with Keras on photographs; one that differs
# is not kept. Then all colour the same photograph: sizes and speeds stand side by side.
#
# There is nothing to train, so that this is the full setting, of a few minutes on Colab's CPU. The
# model is the one that colorkit ships; or give the `model.keras` of a run.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
MODEL = "colorkit_base"  # Or the path of a .keras file
FORMATS = ["keras", "onnx", "litert"]  # Of the model alone
DTYPES = ["float32", "float16"]  # Dtypes of stored weights; int8, not for keras, is a quarter
REPEATS = 5  # How often each colours the photograph; the median counts
OUT = "exports"  # Folder of the exports

# %% [markdown]
# ## What the formats need
#
# Keras and SavedModel need nothing else; ONNX and LiteRT have packages of their own. Who only runs
# an ONNX file needs ONNX Runtime (`pip install onnxruntime`), and no TensorFlow.

# %%
from importlib.metadata import version
from importlib.util import find_spec

from IPython import get_ipython

needed = {
    "onnx": "onnx",
    "onnxruntime": "onnxruntime",
    "tf2onnx": "tf2onnx",
    "ai_edge_litert": "ai-edge-litert",
}
missing = [package for module, package in needed.items() if find_spec(module) is None]
if missing:
    # The newest onnx may want another protobuf than the one that TensorFlow has loaded.
    packages = " ".join([*missing, f"protobuf=={version('protobuf')}"])
    get_ipython().run_line_magic("pip", f"install --quiet {packages}")

# %%
import statistics
import time
from pathlib import Path

import tensorflow as tf

import colorkit
from colorkit.data import read_unseen_samples
from colorkit.export import SUFFIXES, export_model
from colorkit.visualization import draw_comparison, show_picture, show_table

# %% [markdown]
# ## Export the model
#
# `signature="ab"` is the model alone, from L in [0, 100] to ab / 128, for pictures of any size.
# On the command line it is `colorkit export colorkit_base --format onnx -o colorkit.onnx`.

# %%
exports = {}
for file_format in FORMATS:
    for dtype in DTYPES:
        path = Path(OUT, f"colorkit_{dtype}{SUFFIXES[file_format]}")
        exports[file_format, dtype] = export_model(MODEL, path, file_format, dtype=dtype)
show_table(
    ["format", "weights", "megabytes", "largest difference from Keras, in ab / 128"],
    [
        (*key, f"{export.megabytes:.1f}", f"{export.max_difference:.1e}")
        for key, export in exports.items()
    ],
    "Table: exports, each loaded and run by its own runtime on photographs.",
)

# %% [markdown]
# What a file must be told of itself travels inside: name, version, licence, preprocessing.

# %%
last = exports[FORMATS[-1], DTYPES[-1]]
show_table(["", ""], last.metadata.items(), "Table: the metadata of the last one.")

# %% [markdown]
# ## Colour with them
#
# `Colorizer` takes an ONNX or LiteRT file where it takes a Keras one. The rest, from the
# photograph's lightness to the coloured picture, is the same code, without TensorFlow or Keras.

# %%
photos = read_unseen_samples()
colorizers = {key: colorkit.Colorizer(str(export.path)) for key, export in exports.items()}
seconds = {}
for key, colorizer in colorizers.items():
    colorizer.colorize(photos["coffee"])  # The first time prepares
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        colorizer.colorize(photos["coffee"])
        times.append(time.perf_counter() - start)
    seconds[key] = statistics.median(times)
show_table(
    ["runtime", "weights", "milliseconds"],
    [(*key, f"{1000 * median:.0f}") for key, median in seconds.items()],
    "Table: one photograph of 600 x 400 pixels, from pixels to coloured pixels, on this machine.",
)

# %%
shown = {" ".join(key): colorizer for key, colorizer in colorizers.items() if key[1] == DTYPES[-1]}
draw_comparison(shown, photos.values(), "exports.png")
show_picture("exports.png", "Figure: what each runtime makes of two photographs.")

# %% [markdown]
# ## Serve
#
# `signature="picture"` puts everything into the graph: uint8 pictures of any size in, coloured ones
# out. A SavedModel is a folder of versions; TensorFlow Serving turns to the highest by itself:
#
# ```bash
# docker run -p 8501:8501 -v "$PWD/exports/served:/models/colorkit" -e MODEL_NAME=colorkit \
#     tensorflow/serving
# ```

# %%
served = export_model(MODEL, Path(OUT, "served"), "saved_model", signature="picture")
print(f"{served.path}: {served.megabytes:.1f} MB, {served.max_difference:.4f} from Keras in RGB.")
color = tf.saved_model.load(str(served.path)).signatures["serving_default"]
colored = color(pictures=tf.constant(photos["chelsea"][None]))["colored"][0].numpy()
show_picture(colored, "Figure: coloured by the SavedModel alone, as a server would.")

# %% [markdown]
# ## What to try next
#
# - `dtype="int8"`: a quarter of the size, and a somewhat larger difference.
# - `colorkit colorize old.jpg -o new.jpg --runtime onnx`: quicker to start, without TensorFlow.
# - `signature="picture"` with `"onnx"` or `"litert"`: whole pictures in other programs.
