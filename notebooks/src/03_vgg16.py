# %% [markdown]
# # 3. VGG16: a backbone that knows photographs
#
# The second network of the project report (section 4.2) need not learn what a photograph is: the
# first 19 layers of VGG16, trained on ImageNet, say it. They stay frozen. A small decoder of 1.6
# million weights turns their features into colour.
#
# **Here**: pictures of 96 x 96 pixels and 100 epochs on parts of five photographs, some seven
# minutes on Colab's CPU. **The full recipe**: 224 x 224, 1,000 epochs on 2,880 photographs. VGG16
# is asked 11,520 times, four views of each; without colorkit's kept features it would be 2,880,000
# times. The report's Figure 12 shows what that gives.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
PHOTOS = None  # Folder or tar of colour photographs, or a built data set; None: shipped ones
CROPS_PER_PHOTO = 16  # Parts of each shipped photograph
IMAGE_SIZE = 96  # Side of the network's pictures in pixels, a multiple of 32; 224 in the report
EPOCHS = 100  # 1000 in the report
STEPS_PER_EPOCH = None  # Batches in an epoch; None: as many as the photographs fill
WEIGHTS = "imagenet"  # The backbone's; None: random ones, as where nothing can be downloaded
HAND_EPOCHS = 10  # Of the decoder that is fitted by hand
TIMED_EPOCHS = 8  # Of the runs that time the kept features
RUN = "runs/vgg16"  # Folder of the run; on a mounted Google Drive it outlives the session

# %%
import dataclasses
import time

import colorkit
from colorkit.data.build import build_dataset
from colorkit.data.sample_crops import read_unseen_samples, write_sample_crops
from colorkit.training.recipes.recipes import REPORT_AUGMENTATION
from colorkit.visualization.comparison_grid import draw_comparison
from colorkit.visualization.model_diagram import draw_model_diagram
from colorkit.visualization.notebook import show_picture, show_table

# %% [markdown]
# ## Data
#
# Without photographs of yours, parts of those that scikit-image and scikit-learn ship make a tiny
# data set (`01_dataset` tells more). Two photographs, of which no part is among them, are kept for
# the results.

# %%
if PHOTOS is None:
    write_sample_crops("photos", CROPS_PER_PHOTO)
    print(build_dataset("photos", "dataset", size=256, min_side=128).summary())
    PHOTOS = "dataset"
unseen = read_unseen_samples()

# %% [markdown]
# ## Look at the data

# %%
crops, _ = next(iter(colorkit.load_photo_dataset(PHOTOS, IMAGE_SIZE, 4)))
draw_comparison({}, crops.numpy(), "pairs.png", side=IMAGE_SIZE)
show_picture(
    "pairs.png", "Figure 1: random crops, as the network is given them, and their colours."
)

# %% [markdown]
# ## Model
#
# `encoder` is VGG16 from its input to `block5_pool`, with its own preprocessing inside; `decoder`
# turns its features into a and b, divided by 128. They can be taken apart:
# `model.get_layer("decoder")` is what trains.

# %%
try:
    model = colorkit.build_vgg_model(IMAGE_SIZE, weights=WEIGHTS)
except ConnectionError as error:
    print(f"{error} Here the backbone's weights are random instead: expect little of the colours.")
    WEIGHTS = None
    model = colorkit.build_vgg_model(IMAGE_SIZE, weights=WEIGHTS)
model.summary(expand_nested=True)

# %%
draw_model_diagram(model, "architecture.png")
show_picture(
    "architecture.png",
    "Figure 2: the shapes that the features take. Below each box its channels, above it its size.",
)

# %% [markdown]
# ## By hand
#
# The report's notebook took the features of its photographs first, and fitted the decoder on them
# (section 4.2). That is all there is to it; what follows adds augmentation, validation and
# checkpoints.

# %%
batches = colorkit.load_photo_dataset(PHOTOS, IMAGE_SIZE, 16, inputs="lightness")
lightness, rgb = next(iter(batches))
ab = colorkit.rgb_to_lab(rgb / 255.0)[..., 1:] / 128
features = model.get_layer("encoder").predict(lightness, verbose=0)
decoder = model.get_layer("decoder")
decoder.compile("adam", "mean_squared_error")
losses = decoder.fit(features, ab, epochs=HAND_EPOCHS, verbose=0).history["loss"]
print(
    f"From {features.shape} to {ab.shape}: mean squared error {losses[0]:.4f} to {losses[-1]:.4f}"
)

# %% [markdown]
# ## Recipe
#
# The report's: squared error of ab, Adam, accuracy beside it. `feature_views=4` keeps the features
# of four augmented views of each photograph.

# %%
full = colorkit.get_recipe("vgg16")
recipe = colorkit.get_recipe(
    full,
    image_size=IMAGE_SIZE,
    epochs=EPOCHS,
    steps_per_epoch=STEPS_PER_EPOCH,
    weights=WEIGHTS,
    augmentation=dataclasses.replace(REPORT_AUGMENTATION, cutout_size=IMAGE_SIZE * 40 // 512),
)
here = dataclasses.asdict(recipe)
show_table(
    ["", "full recipe", "here"],
    [(field, value, here[field]) for field, value in dataclasses.asdict(full).items()],
    "Table 1: the recipe, and what this notebook makes of it. Holes are cut in proportion.",
)

# %% [markdown]
# ## Training
#
# One call. It writes checkpoints, a log and pictures into `RUN`; where it is interrupted, the same
# cell resumes from the last checkpoint.

# %%
model = colorkit.train_model(recipe, PHOTOS, RUN, features="features")

# %%
show_picture(f"{RUN}/curves.png", "Figure 3: loss and metrics, training and validation.")

# %%
show_picture(f"{RUN}/samples.png", "Figure 4: validation photographs: gray, predicted, true.")

# %% [markdown]
# ## Cached features: the speed-up, live
#
# VGG16 is frozen: its features of a picture are the same in every epoch. So colorkit computes them
# once for each view of a photograph, cached in `features/`; an epoch then trains the decoder
# alone. Three short runs of the same length: one that runs VGG16 in each step
# (`feature_views=None`), one that fills the cache, and one that reuses it.

# %%
ways = {"in each step": None, "computed, kept": full.feature_views, "found": full.feature_views}
seconds = {}
for way, views in ways.items():
    start = time.perf_counter()
    colorkit.train_model(
        recipe,
        PHOTOS,
        f"{RUN}_{way.split(',')[0].replace(' ', '_')}",
        features="timed_features",
        feature_views=views,
        epochs=TIMED_EPOCHS,
    )
    seconds[way] = time.perf_counter() - start

# %%
show_table(
    ["features", "seconds", "times as fast"],
    [(way, f"{t:.1f}", f"{seconds['in each step'] / t:.1f}") for way, t in seconds.items()],
    f"Table 2: {TIMED_EPOCHS} epochs, with the time that building, compiling and saving takes.",
)

# %% [markdown]
# Building, compiling and saving take the same time in all three; the epochs, whose seconds stand at
# the end of their lines, differ by far more. So the gain grows with the number of epochs, of which
# the full recipe has 1,000.

# %% [markdown]
# ## Results on unseen photographs
#
# `Colorizer` takes pictures of any size: the network sees them at its own, the colours are enlarged
# along the edges of the photograph, and its lightness stays.

# %%
colorizer = colorkit.Colorizer(model)
draw_comparison({"Predicted": colorizer}, unseen.values(), "results.png", side=256)
show_picture("results.png", "Figure 5: unseen photographs: gray, predicted, true.")

# %% [markdown]
# Squared error is least at the mean of all colours that a gray could have, which is a pale brown:
# expect that on photographs whose kind the network has not seen, at this notebook's length of
# training more than after the full recipe. VGG16's features are 1/32 of the picture's size, so
# that colours are patches; fusion, in the next notebooks, keeps the place.

# %%
evaluation = colorkit.evaluate_model(colorizer, PHOTOS, split="test", perceptual=False)
show_table(
    evaluation.columns(),
    evaluation.rows()[:6],
    "Table 3: metrics of the test split, in brackets the gain over the gray picture. Where the "
    "photographs are parts of a few, these are parts of the same few.",
)

# %% [markdown]
# ## Saving
#
# `RUN/model.keras` is the whole network, with its preprocessing inside: it takes L in [0, 100]. On
# the command line, `colorkit colorize old.jpg -o new.jpg --model MODEL.keras` colours with it.

# %%
saved = colorkit.load_model(f"{RUN}/model.keras")
same = colorkit.Colorizer(saved).colorize(unseen["chelsea"])
assert (same == colorizer.colorize(unseen["chelsea"])).all()
print(f"{RUN}/model.keras: {saved.count_params():,} parameters, the same picture to the bit.")

# %% [markdown]
# ## What to try next
#
# - `colorkit.get_recipe("vgg16_modern", ...)`: a loss for which gray is no good answer, a learning
#   rate that falls, the best epoch kept.
# - `feature_views=1` is the report's own way, without augmentation; 8 views take twice the space
#   of 4.
# - `04_inception_v3`: the same idea for what is in the picture, with an encoder that sees where it
#   is.
