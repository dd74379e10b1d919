# %% [markdown]
# # 4. InceptionV3: what is in the picture, fused with where
#
# The third network of the project report (section 4.3) has two eyes. An encoder, learned here,
# sees where things are. InceptionV3, trained on ImageNet and frozen, sees the whole picture and
# says what is in it: 1,000 numbers, the same at every place. Fusion puts both together, and a
# decoder makes colour of it.
#
# **Here**: pictures of 96 x 96 pixels and 20 epochs on parts of five photographs, some six minutes
# on Colab's CPU. **The full recipe**: 256 x 256, 500 epochs of 10 steps of 10 photographs. The
# report's Figures 5 and 14 show what that gives.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
PHOTOS = None  # Folder or tar of colour photographs, or a built data set; None: shipped ones
CROPS_PER_PHOTO = 16  # Parts of each shipped photograph
IMAGE_SIZE = 96  # Side of the network's pictures in pixels, a multiple of 8; 256 in the report
EPOCHS = 20  # 500 in the report
STEPS_PER_EPOCH = None  # Batches in an epoch, 10 in the report; None: as the photographs fill
WEIGHTS = "imagenet"  # The backbone's; None: random ones, as where nothing can be downloaded
RUN = "runs/inception_v3"  # Folder of the run; on a mounted Google Drive it outlives the session

# %%
import dataclasses

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
# `embedder` is InceptionV3 with its top, at 299 x 299 pixels, its preprocessing inside;
# `fusion_network` is what trains: `encoder`, `fusion` and `decoder`.

# %%
try:
    model = colorkit.build_inception_model(IMAGE_SIZE, weights=WEIGHTS)
except ConnectionError as error:
    print(f"{error} Here the backbone's weights are random instead: expect little of the colours.")
    WEIGHTS = None
    model = colorkit.build_inception_model(IMAGE_SIZE, weights=WEIGHTS)
model.summary(expand_nested=True)

# %%
draw_model_diagram(model, "architecture.png")
show_picture(
    "architecture.png",
    "Figure 2: the shapes that the features take. Below each box its channels, above it its size.",
)

# %% [markdown]
# ## Recipe
#
# The report's: squared error of ab, RMSprop. Since InceptionV3 is frozen, its features of four
# augmented views of each photograph are computed once, cached in `RUN/features`; `03_vgg16` shows
# what that saves.

# %%
full = colorkit.get_recipe("inception_v3")
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
model = colorkit.train_model(recipe, PHOTOS, RUN)

# %%
show_picture(f"{RUN}/curves.png", "Figure 3: loss and metrics, training and validation.")

# %%
show_picture(f"{RUN}/samples.png", "Figure 4: validation photographs: gray, predicted, true.")

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
# training more than after the full recipe.

# %%
evaluation = colorkit.evaluate_model(colorizer, PHOTOS, split="test", perceptual=False)
show_table(
    evaluation.columns(),
    evaluation.rows()[:6],
    "Table 2: metrics of the test split, in brackets the gain over the gray picture. Where the "
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
# - `colorkit.get_recipe("inception_v3_modern", ...)`: a loss for which gray is no good answer, a
#   learning rate that falls, the best epoch kept.
# - `05_efficientnet_b0`: the same network with a backbone of a fifth of the size.
# - `06_results`: all four side by side.
