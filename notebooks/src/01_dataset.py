# %% [markdown]
# # 1. The data set: words, photographs, pairs
#
# A model learns to colour from photographs that have colour: their gray is the question, their
# colour the answer. This notebook makes such a data set as the project report describes it in its
# section 3:
#
# 1. **words**: the classes of CIFAR-10 and CIFAR-100, and kinds of them;
# 2. **photographs**: up to 50 of each word, from Unsplash;
# 3. **pairs**: squares of 512 x 512 pixels, gray and colour, 80 / 10 / 10 for training, validation
#    and test;
# 4. **augmentation**: rotation, flips, blur and cutout, drawn again each time a photograph is used.
#
# Nothing here needs a network connection or a key: by default, the photographs are parts of some
# that scikit-image, scikit-learn and Matplotlib ship. It takes about a minute on Colab's CPU. The
# full data set of some 3,600 photographs takes three days with a new Unsplash key (50 requests an
# hour), an hour with one of 5,000 requests an hour, and then a minute or two to build.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
PHOTOS = None  # Folder, tar or zip of colour photographs; None: parts of shipped ones
SIZE = 256  # Side of the pairs in pixels; 512 in the report
CROPS_PER_PHOTO = 16  # Parts of each shipped photograph
WORDS = ["red fox", "lighthouse"]  # Searched for if UNSPLASH_ACCESS_KEY is set; None: all
OUT = "dataset"  # Folder of the data set

# %%
import os

import colorkit
from colorkit.data import (
    COLUMNS,
    REPORT_AUGMENTATION,
    build_dataset,
    fetch_photos,
    read_manifest,
    read_unseen_samples,
    read_words,
    write_sample_crops,
)
from colorkit.training import draw_contact_sheet
from colorkit.visualization import draw_augmentations, show_picture, show_table

# %% [markdown]
# ## Words
#
# The list that colorkit ships. Another one is a text file with a word a line: `read_words(path)`.

# %%
words = read_words()
print(f"{len(words)} words: {', '.join(words[:12])}, ..., {', '.join(words[-3:])}")

# %% [markdown]
# ## Photographs
#
# With an access key in `UNSPLASH_ACCESS_KEY` (on Colab: the key symbol on the left, then
# `os.environ["UNSPLASH_ACCESS_KEY"] = google.colab.userdata.get("UNSPLASH_ACCESS_KEY")`), they are
# searched for and downloaded, each whole, once, and credited in `attribution.csv`. Unsplash's
# guidelines exclude training without permission; `docs/dataset.md` tells of licences and of
# photographs that may be used.
#
# Parts of one photograph look alike, so that all of them belong into one split; otherwise a model
# would be measured on what it was trained on. They are in folders `train`, `validation` and `test`,
# which `split="folders"` keeps, in place of 80 / 10 / 10.

# %%
split = (80, 10, 10)
if PHOTOS is None and "UNSPLASH_ACCESS_KEY" in os.environ:
    PHOTOS = "photos"
    fetched = fetch_photos(PHOTOS, WORDS, per_word=50)
    print(fetched)
elif PHOTOS is None:
    PHOTOS = "photos"
    number = write_sample_crops(PHOTOS, CROPS_PER_PHOTO, min_side=min(SIZE, 300))
    split = "folders"
    print(f"{number} parts of photographs that other packages ship.")

# %% [markdown]
# ## Pairs
#
# `build_dataset` drops what cannot teach colour (unreadable, gray, too small, nearly the same as
# another), cuts the middle square, brings it to `SIZE`, makes it gray by OpenCV and writes both.
# On the command line it is `colorkit dataset build photos/ --out dataset/ --size 512`.

# %%
report = build_dataset(PHOTOS, OUT, size=SIZE, min_side=min(SIZE, 128), split=split)
print(report.summary())
show_table(
    ["", "photographs"],
    [*report.kept.items(), *((f"dropped: {why}", n) for why, n in report.dropped.items())],
    "Table: what became of the photographs.",
)

# %% [markdown]
# Every photograph is a row of `manifest.csv`: where it is, where it came from, and if it was
# dropped, why. The same photographs give the same bytes, on every machine.

# %%
rows = [row.values() for row in read_manifest(OUT)]
show_table(COLUMNS, [[cell[:24] for cell in row] for row in rows[:6]], "Table: the manifest.")

# %% [markdown]
# ## Look at the data

# %%
show_picture(f"{OUT}/contact_sheet.png", "Figure: random pairs of each split, gray and colour.")

# %%
show_picture(
    f"{OUT}/ab_histogram.png",
    "Figure: how often each colour occurs, in the ab plane of CIE Lab. Most pixels are nearly "
    "gray, in the middle; this is why a model that plays safe answers brownish gray.",
)

# %% [markdown]
# ## Augmentation
#
# What the report's Figure 1 shows: rotation, flips and blur change the pair together, cutout takes
# six squares out of the gray input alone. The numbers are those of `REPORT_AUGMENTATION`.

# %%
print(REPORT_AUGMENTATION)
photo = read_unseen_samples()["chelsea"]
show_picture(draw_augmentations(photo), "Figure: one photograph under each augmentation.")

# %% [markdown]
# ## What a model is given
#
# `load_photo_dataset` reads, crops and augments while the model trains: batches of a
# `tf.data.Dataset` without end. With `inputs="lightness"` a batch is L, in [0, 100], and the
# photograph in RGB; the loss takes the colour from it.

# %%
batches = colorkit.load_photo_dataset(
    OUT, SIZE, 4, inputs="lightness", augmentation=REPORT_AUGMENTATION
)
lightness, rgb = (tensor.numpy() for tensor in next(iter(batches)))
print(f"Input {lightness.shape}, from {lightness.min():.0f} to {lightness.max():.0f}.")
print(f"Target {rgb.shape}, {rgb.dtype}.")
gray = (2.55 * lightness).round().astype("uint8").repeat(3, axis=-1)
draw_contact_sheet([gray, rgb.astype("uint8")], "batch.png", ("Input", "Target"))
show_picture("batch.png", "Figure: a batch as the model is given it, augmented at random.")

# %% [markdown]
# ## What to try next
#
# - Your own photographs: set `PHOTOS` to a folder, for example on a mounted Google Drive.
# - `build_dataset(..., fit="pad")` keeps all of a photograph, `output_format="tfrecord"` writes
#   shards to a disk or a bucket.
# - Train on it: give `PHOTOS = "dataset"` to `02_encoder_decoder` to `05_efficientnet_b0`.
