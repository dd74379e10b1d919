# %% [markdown]
# # 5. EfficientNetB0: the small backbone
#
# The fourth model of the project report (section 4.4) is the third with another backbone:
# EfficientNetB0, which knows ImageNet as well with 5 million weights in place of 24 million, and
# sees 224 x 224 pixels. Frozen, it says what is in the picture; the encoder sees where.
#
# **Here**: pictures of 96 x 96 pixels and 20 epochs on parts of a few photographs, some five
# minutes on Colab's CPU. **The full recipe**: 256 x 256, 500 epochs on 100 photographs. The
# report's Figures 10 and 13 show what that gives.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
PHOTOS = None  # Folder or tar of colour photographs, or a built data set; None: shipped ones
CROPS_PER_PHOTO = 16  # Parts of each shipped photograph
IMAGE_SIZE = 96  # Side of the model's pictures in pixels, a multiple of 8; 256 in the report
EPOCHS = 20  # 500 in the report
STEPS_PER_EPOCH = None  # Batches in an epoch; None: as many as the photographs fill
WEIGHTS = "imagenet"  # The backbone's; None: random ones, as where nothing can be downloaded
RUN = "runs/efficientnet_b0"  # Folder of the run; on a mounted Google Drive it outlives the session

# %% include imports

# %% include data

# %% include look

# %% [markdown]
# ## Model
#
# `embedder` is EfficientNetB0 with its top, its preprocessing inside; `fusion_network` is what
# trains: `encoder`, `fusion` and `decoder`, as in `04_inception_v3`.

# %% include backbone model=efficientnet_b0

# %% include diagram

# %% [markdown]
# The backbone itself: what the report's Figures 6 to 8 and table 3 show (section 4.4.2), read from
# the model. A stem, seven stages of inverted bottlenecks (MBConv), each repeated, and a top.
# B1 to B7 widen and deepen these stages together and see larger pictures (section 4.4.3):
# `colorkit.build_efficientnet_model(variant="b3")`.

# %%
from colorkit.visualization import efficientnet_stages

stages = efficientnet_stages(model)
show_table(
    ["stage", "operator", "resolution", "channels", "layers"],
    [
        (each.number, each.operator, "{} x {}".format(*each.resolution), each.channels, each.layers)
        for each in stages
    ],
    "Table: the stages of EfficientNetB0; the resolution is that of what a stage is given.",
)

# %% [markdown]
# ## Recipe
#
# The report's: squared error of ab, RMSprop, 100 photographs. Since the backbone is frozen, its
# features of four augmented views of each photograph are computed once, cached in `RUN/features`;
# `03_vgg16` shows what that saves.

# %% include recipe model=efficientnet_b0

# %% include recipe_table

# %% include training

# %% include samples

# %% include results

# %% include pale

# %% include metrics

# %% include saving

# %% [markdown]
# ## What to try next
#
# - `colorkit.get_recipe("efficientnet_b0_modern", ...)`: a loss for which gray is no good answer,
#   a learning rate that falls, the best epoch kept.
# - `max_photos=None`: all photographs, not the report's 100.
# - `06_results`: all four side by side.
