# %% [markdown]
# # 7. Colorize your photographs
#
# Black-and-white photographs in, coloured ones out: uploaded here, or a whole folder of a Google
# Drive. The model that colorkit ships does it, on the machine this notebook runs on; nothing is
# sent anywhere else. Each result keeps the size, the bit depth and the lightness of its photograph.
#
# There is nothing to train, so that this is the full setting. A photograph of one megapixel takes
# about a second on Colab's CPU.
#
# Colours are plausible, not true: nobody can know the colour of a coat from its gray.

# %% [markdown]
# ## Parameters
#
# For a folder on a Google Drive: `DRIVE = True`, `PHOTOS = "/content/drive/MyDrive/album"` and
# `OUT = "/content/drive/MyDrive/album in colour"`.

# %% tags=["parameters"]
PHOTOS = None  # A file, a folder or a glob; None: upload on Colab, elsewhere sample photographs
OUT = "colored"  # Folder of the results: `old.jpg` becomes `old_color.jpg`
DRIVE = False  # Whether to mount a Google Drive at /content/drive
MODEL = "colorkit_base"  # Or the path of a .keras, .onnx or .tflite file
STYLE = None  # "faithful" (pale), "balanced" or "vivid" (daring); None: the model's own
HINTS = {}  # Colours that you know: {"old.jpg": [(120, 80, "#c02020")]}, x and y in pixels
SATURATION = 1.0  # Strength of the colours; 0 is gray
SIZE = None  # Shorter side at which the model looks, in pixels; None: 192
SLIDERS = 3  # How many results are shown

# %%
import shutil

from IPython.display import display

import colorkit
from colorkit.batch import assign_hints, colorize_files, plan_outputs, plan_samples
from colorkit.data import read_unseen_samples
from colorkit.visualization import draw_comparison, show_before_after, show_picture, show_table

try:
    from google.colab import drive, files
except ImportError:
    drive = files = None  # Not on Colab

# %% [markdown]
# ## Your photographs
#
# On Colab, this cell shows a button that uploads files from your computer. JPEG, PNG, TIFF, WebP
# and BMP; a photograph that has colour is coloured anew, from its lightness.

# %%
if DRIVE:
    drive.mount("/content/drive")
inputs = [PHOTOS] if PHOTOS is not None else list(files.upload()) if files else []
if files and not inputs:
    print("Nothing was uploaded: here are sample photographs. Run this cell again to upload.")
plan = plan_outputs(inputs, OUT, ending="_color") if inputs else plan_samples(OUT)
planned = assign_hints(plan.photos, HINTS)
print(f"{len(planned)} photographs.")
videos = {video.source: "a video, for `colorkit colorize`" for video in plan.videos}
for path, reason in {**plan.failed, **plan.passed_over, **videos}.items():
    print(f"{path}: {reason}")

# %% [markdown]
# ## The model, and what to expect of it
#
# Two photographs whose colours are known, so that you see what it gets right and what it makes up.

# %%
colorizer = colorkit.Colorizer(MODEL, style=STYLE, size=SIZE, saturation=SATURATION)
draw_comparison({"Predicted": colorizer}, read_unseen_samples().values(), "known.png", side=256)
show_picture("known.png", "Figure: photographs with known colours: gray, predicted, true.")

# %% [markdown]
# ## Colour them
#
# Results that are in `OUT` already are skipped, so that this cell resumes where it was stopped. A
# file that cannot be read is named, and the rest continues.

# %%
results = list(colorize_files(colorizer, planned))
show_table(
    ["photograph", "pixels", "", "seconds"],
    [
        (
            result.source.name,
            f"{result.width} x {result.height}" if result.width else "",
            result.reason or result.status,
            f"{sum(result.seconds.values()):.1f}",
        )
        for result in results
    ],
    "Table: what became of each photograph.",
)

# %% [markdown]
# ## Compare
#
# Move the slider: the photograph on the left, its colours on the right.

# %%
shown = [result for result in results if result.output.exists()][:SLIDERS]
for number, result in enumerate(shown, start=2):
    caption = f"Figure {number}: {result.source.name}, as it was and in colour."
    display(show_before_after(result.source, result.output, caption, width=600))

# %% [markdown]
# ## Download
#
# All results in one zip; on Colab it goes to your computer. What is on a Drive is there already.

# %%
archive = shutil.make_archive("colored", "zip", OUT)
print(archive)
if files and not DRIVE:
    files.download(archive)

# %% [markdown]
# ## What to try next
#
# - `STYLE = "vivid"` for stronger colours, `SATURATION = 0.8` where they are too loud; `SIZE = 128`
#   or `256` to let the model see the photograph as a whole or in detail. Give another `OUT`, or
#   the results that are there stay.
# - `HINTS`: a colour that you know, at a point; the model carries it on to what belongs together.
# - `colorkit colorize album/ -o album-in-colour/`: the same on your own computer, offline.
# - A model of your own: train one with `02_encoder_decoder` to `05_efficientnet_b0` and give
#   the path of its `model.keras` as `MODEL`.
