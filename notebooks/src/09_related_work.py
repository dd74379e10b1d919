# %% [markdown]
# # 9. Related work: three papers, an adversary, and your own hints
#
# The project report's section 2.2 tells of three systems. It takes the second for an adversarial
# model and the third for one that a user guides, which neither is: such models came a year
# later. All five are here, trained and used like colorkit's other models:
#
# - **Zhang, Isola, Efros 2016** take colouring for a classification of 313 colours, rare ones
#   weighted up;
# - **Iizuka, Simo-Serra, Ishikawa 2016** fuse local features with what the whole picture shows;
# - **Larsson, Maire, Shakhnarovich 2016** predict histograms of hue and chroma from hypercolumns;
# - **a discriminator** (Isola et al. 2017) tells coloured pictures from photographs; the model
#   learns to deceive it;
# - **hints** (Zhang et al. 2017): a few points whose colour you know; the model adds the rest.
#
# **Here**: pictures of 64 x 64 pixels and some steps on parts of a few photographs, minutes on
# Colab's CPU: enough to see each run, not to judge it. **The full recipes**: the papers trained for
# days on a million photographs or more; `colorkit recipes zhang` and so on print their settings.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
PHOTOS = None  # Folder or tar of colour photographs, or a built data set; None: shipped ones
CROPS_PER_PHOTO = 16  # Parts of each shipped photograph
MODELS = ["zhang", "iizuka"]  # "larsson" too, of 147 million weights: slow on a CPU
IMAGE_SIZE = 64  # A multiple of 32; 176, 224 and 256 in the papers
EPOCHS = 4  # Of the papers' models
BATCH_SIZE = 16  # 40, 128 and 10 in the papers
STEPS_PER_EPOCH = None  # Batches in an epoch; None: as many as the photographs fill
ADVERSARIAL_EPOCHS = 4  # With the discriminator
RUNS = "runs"  # Folder of the runs; on a mounted Google Drive it outlives the session

# %%
from pathlib import Path

import colorkit
from colorkit.data import build_dataset, center_crop, read_unseen_samples, write_sample_crops
from colorkit.visualization import draw_comparison, show_picture, show_table

# %% include data

# %% [markdown]
# ## The three models
#
# One call each, as for the report's own. What differs is data: model, loss, optimizer.

# %%
recipes = {
    name: colorkit.get_recipe(
        name,
        image_size=IMAGE_SIZE,
        batch_size=BATCH_SIZE,
        epochs=EPOCHS,
        steps_per_epoch=STEPS_PER_EPOCH,
    )
    for name in MODELS
}
show_table(
    ("recipe", "loss", "optimizer", "trained layer"),
    [
        (recipe.name, recipe.loss, recipe.optimizer, recipe.trained_layer or "the output")
        for recipe in recipes.values()
    ],
    "Table: what the three papers train by.",
)

# %%
models = {
    name: colorkit.train_model(recipe, PHOTOS, Path(RUNS, f"{name}_short"))
    for name, recipe in recipes.items()
}

# %% [markdown]
# ## An adversary
#
# The model that colorkit ships is trained on, once with a discriminator and once without, on the
# same batches. `docs/train-adversarially.md` has the metrics of a longer run: more colour, at a
# cost in PSNR.

# %%
adversarial = {
    title: colorkit.train_adversarially(
        "colorkit_base",
        PHOTOS,
        Path(RUNS, title.replace(" ", "_")),
        image_size=IMAGE_SIZE,
        epochs=ADVERSARIAL_EPOCHS,
        steps_per_epoch=STEPS_PER_EPOCH,
        adversarial_weight=weight,
    )
    for title, weight in (("without adversary", 0.0), ("with adversary", 1.0))
}

# %% [markdown]
# ## Side by side

# %%
colorizers = {name: colorkit.Colorizer(model) for name, model in {**models, **adversarial}.items()}
draw_comparison(colorizers, unseen.values(), "related_work.png", side=192)
show_picture("related_work.png", "Figure: gray, coloured by each model, and as it was taken.")

# %% [markdown]
# ## Hints
#
# `x` to the right and `y` down, in pixels of the photograph; of the colour only hue and chroma
# count, since the lightness is the photograph's. Here the truth gives them: each hint is the mean
# colour of 7 x 7 pixels.

# %%
photo = center_crop(next(iter(unseen.values())), 256)
hints = []
for x, y in [(66, 98), (158, 205), (197, 128)]:
    red, green, blue = photo[y - 3 : y + 4, x - 3 : x + 4].reshape(-1, 3).mean(axis=0).astype(int)
    hints.append(colorkit.Hint(x, y, f"#{red:02x}{green:02x}{blue:02x}"))
print(hints)

# %%
colorizer = colorkit.Colorizer()


class Hinted:
    """Colours photographs with the first few of the hints."""

    def __init__(self, count):
        self._hints = hints[:count]

    def colorize_batch(self, photos):
        return [colorizer.colorize(photo, hints=self._hints) for photo in photos]


draw_comparison({f"Hints: {n}": Hinted(n) for n in (0, 1, 3)}, [photo], "hints.png", side=256)
show_picture("hints.png", "Figure: gray, with no hint, with one and with three, and the truth.")

# %% [markdown]
# ## Metrics
#
# Over the test split. The models trained here for minutes are no contest for the shipped one;
# the two beside it have seen more than 100,000 photographs before these.

# %%
evaluation = colorkit.evaluate_models(colorizers, PHOTOS, split="test", perceptual=False)
show_table(
    evaluation.columns(),
    evaluation.rows()[:6],
    f"Table: mean metrics of {len(evaluation.photos)} photographs of the test split, in brackets "
    "the gain over the gray picture.",
)

# %% [markdown]
# ## What to try next
#
# - `colorkit demo`: click on a photograph to give hints in the browser.
# - `objective="least_squares"` in `train_adversarially`, or a larger `adversarial_weight`.
# - The full recipes on your own data set, on a GPU: `colorkit train zhang --photos photos/ --out
#   runs/zhang`.
