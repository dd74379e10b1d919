# %% [markdown]
# # 4. InceptionV3: what is in the picture, fused with where
#
# The third model of the project report (section 4.3) has two eyes. An encoder, learned here,
# sees where things are. InceptionV3, trained on ImageNet and frozen, sees the whole picture and
# says what is in it: 1,000 numbers, the same at every place. Fusion puts both together, and a
# decoder makes colour of it.
#
# **Here**: pictures of 96 x 96 pixels and 20 epochs on parts of a few photographs, some six minutes
# on Colab's CPU. **The full recipe**: 256 x 256, 500 epochs of 10 steps of 10 photographs. The
# report's Figures 5 and 14 show what that gives.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
PHOTOS = None  # Folder or tar of colour photographs, or a built data set; None: shipped ones
CROPS_PER_PHOTO = 16  # Parts of each shipped photograph
IMAGE_SIZE = 96  # Side of the model's pictures in pixels, a multiple of 8; 256 in the report
EPOCHS = 20  # 500 in the report
STEPS_PER_EPOCH = None  # Batches in an epoch, 10 in the report; None: as the photographs fill
WEIGHTS = "imagenet"  # The backbone's; None: random ones, as where nothing can be downloaded
RUN = "runs/inception_v3"  # Folder of the run; on a mounted Google Drive it outlives the session

# %% include imports

# %% include data

# %% include look

# %% [markdown]
# ## Model
#
# `embedder` is InceptionV3 with its top, at 299 x 299 pixels, its preprocessing inside;
# `fusion_network` is what trains: `encoder`, `fusion` and `decoder`.

# %% include backbone model=inception_v3

# %% include diagram

# %% [markdown]
# ## Recipe
#
# The report's: squared error of ab, RMSprop. Since InceptionV3 is frozen, its features of four
# augmented views of each photograph are computed once, cached in `RUN/features`; `03_vgg16` shows
# what that saves.

# %% include recipe model=inception_v3

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
# - `colorkit.get_recipe("inception_v3_modern", ...)`: a loss for which gray is no good answer, a
#   learning rate that falls, the best epoch kept.
# - `05_efficientnet_b0`: the same model with a backbone of a fifth of the size.
# - `06_results`: all four side by side.
