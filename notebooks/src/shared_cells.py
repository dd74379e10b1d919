# Cells that several notebooks share: make.py puts a section where a source says
# `# %% include NAME`, with TEXT for `__word__` where it adds `word=TEXT`.

# section imports
# %%
import dataclasses

import colorkit
from colorkit.data import (
    REPORT_AUGMENTATION,
    build_dataset,
    read_unseen_samples,
    write_sample_crops,
)
from colorkit.visualization import draw_comparison, draw_model_diagram, show_picture, show_table

# section data
# %% [markdown]
# ## Data
#
# Without photographs of yours, parts of some that scikit-image, scikit-learn and Matplotlib ship
# make a tiny data set (`01_dataset` tells more): four photographs to train on, two where
# scikit-learn is not installed, one for validation and one for the test. Two more are kept for the
# results. So few teach little that holds for another photograph: the metrics of validation may well
# get worse while those of training get better.

# %%
if PHOTOS is None:
    write_sample_crops("photos", CROPS_PER_PHOTO)
    print(build_dataset("photos", "dataset", size=256, min_side=128, split="folders").summary())
    PHOTOS = "dataset"
unseen = read_unseen_samples()

# section look
# %% [markdown]
# ## Look at the data

# %%
crops, _ = next(iter(colorkit.load_photo_dataset(PHOTOS, IMAGE_SIZE, 4)))
draw_comparison({}, crops.numpy(), "pairs.png")
show_picture(
    "pairs.png",
    f"Figure: random crops of {IMAGE_SIZE} pixels, enlarged: what the model is given, and the "
    "colours.",
)

# section backbone
# %%
try:
    model = colorkit.build_model("__model__", image_size=IMAGE_SIZE, weights=WEIGHTS)
except ConnectionError as error:
    print(f"{error} Here the backbone's weights are random instead: expect little of the colours.")
    WEIGHTS = None
    model = colorkit.build_model("__model__", image_size=IMAGE_SIZE, weights=WEIGHTS)
model.summary(expand_nested=True)

# section diagram
# %%
draw_model_diagram(model, "architecture.png")
show_picture(
    "architecture.png",
    "Figure: the shapes that the features take. Below each box its channels, above it its size.",
)

# section recipe
# %%
full = colorkit.get_recipe("__model__")
recipe = colorkit.get_recipe(
    full,
    image_size=IMAGE_SIZE,
    epochs=EPOCHS,
    steps_per_epoch=STEPS_PER_EPOCH,
    weights=WEIGHTS,
    augmentation=dataclasses.replace(REPORT_AUGMENTATION, cutout_size=IMAGE_SIZE * 40 // 512),
)

# section recipe_table
# %%
here = dataclasses.asdict(recipe)
show_table(
    ["", "full recipe", "here"],
    [(field, value, here[field]) for field, value in dataclasses.asdict(full).items()],
    "Table: the recipe, and what this notebook makes of it. Holes are cut in proportion.",
)

# section training
# %% [markdown]
# ## Training
#
# One call. It writes checkpoints, a log and pictures into `RUN`; where it is interrupted, the same
# cell resumes from the last checkpoint.

# %%
model = colorkit.train_model(recipe, PHOTOS, RUN)

# %%
show_picture(f"{RUN}/curves.png", "Figure: loss and metrics, training and validation.")

# section samples
# %%
show_picture(
    f"{RUN}/samples.png", "Figure: validation photographs: gray, predicted, true.", width=600
)

# section results
# %% [markdown]
# ## Results on unseen photographs
#
# `Colorizer` takes pictures of any size: the model sees them at its own, the colours are enlarged
# along the edges of the photograph, and its lightness stays.

# %%
colorizer = colorkit.Colorizer(model)
draw_comparison({"Predicted": colorizer}, unseen.values(), "results.png", side=256)
show_picture("results.png", "Figure: unseen photographs: gray, predicted, true.")

# section pale
# %% [markdown]
# Squared error is least at the mean of all colours that a gray could have, which is a pale brown:
# expect that on photographs whose kind the model has not seen, at this notebook's length of
# training more than after the full recipe.

# section metrics
# %%
evaluation = colorkit.evaluate_model(colorizer, PHOTOS, split="test", perceptual=False)
show_table(
    evaluation.columns(),
    evaluation.rows()[:6],
    "Table: metrics of the test split, in brackets the gain over the gray picture.",
)

# section saving
# %% [markdown]
# ## Saving
#
# `RUN/model.keras` is the whole model, with its preprocessing inside: it takes L in [0, 100]. On
# the command line, `colorkit colorize old.jpg -o new.jpg --model MODEL.keras` colours with it.

# %%
saved = colorkit.load_model(f"{RUN}/model.keras")
same = colorkit.Colorizer(saved).colorize(unseen["chelsea"])
assert (same == colorizer.colorize(unseen["chelsea"])).all()
print(f"{RUN}/model.keras: {saved.count_params():,} parameters, the same picture to the bit.")
