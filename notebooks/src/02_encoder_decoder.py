# %% [markdown]
# # 2. Encoder-decoder, trained from scratch
#
# The first model of the project report (section 4.1) knows nothing when it begins: 26 million
# weights, all of them learned from the photographs. An encoder takes the gray picture down to 1/16
# of its size and up to 1024 channels, a decoder brings it back to full size, as red, green and
# blue.
#
# **Here**: pictures of 64 x 64 pixels and 8 epochs on parts of a few photographs, some five minutes
# on Colab's CPU. That shows every step, and no colours worth having: 64 training steps, 32 where
# scikit-learn is not installed, are too few for 26 million random weights. **The full recipe**:
# 512 x 512, 300 epochs on 2,880 photographs, 108,000 steps of about 8 TFLOP each: half a day on a
# GPU that does 20 TFLOP a second. The report's Figures 3 and 11 show what that gives.
# `Runtime > Change runtime type` gives a GPU, and the call stays the same.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
PHOTOS = None  # Folder or tar of colour photographs, or a built data set; None: shipped ones
CROPS_PER_PHOTO = 16  # Parts of each shipped photograph
IMAGE_SIZE = 64  # Side of the model's pictures in pixels, a multiple of 16; 512 in the report
EPOCHS = 8  # 300 in the report
STEPS_PER_EPOCH = None  # Batches in an epoch; None: as many as the photographs fill
RUN = "runs/encoder_decoder"  # Folder of the run; on a mounted Google Drive it outlives the session

# %% include imports

# %% include data

# %% include look

# %% [markdown]
# ## Model
#
# 3 x 3 convolutions, each followed by batch normalisation; in the encoder also by dropout of one
# half. Four max poolings, four nearest upsamplings. The last layer gives RGB in [0, 1]; of it,
# colorkit uses the colour and keeps the photograph's lightness.

# %%
model = colorkit.build_encoder_decoder_model(IMAGE_SIZE, weights=None)
model.summary(expand_nested=True)

# %% include diagram

# %% [markdown]
# ## Recipe
#
# The report's: squared error of RGB, Adam at 0.001, weights that decay by 0.001 in an epoch. The
# fields are those of `colorkit.Recipe`; `get_recipe` changes some of them. The statistics of batch
# normalisation that training keeps are of layers under dropout, whose variance is not the one
# without (Li et al. 2018, "Understanding the disharmony between dropout and batch normalization");
# `batch_norm_photos` recomputes them after each epoch, with dropout off.

# %%
full = colorkit.get_recipe("encoder_decoder")
recipe = colorkit.get_recipe(
    full,
    image_size=IMAGE_SIZE,
    epochs=EPOCHS,
    steps_per_epoch=STEPS_PER_EPOCH,
    batch_norm_photos=64,
    augmentation=dataclasses.replace(REPORT_AUGMENTATION, cutout_size=IMAGE_SIZE * 40 // 512),
)

# %% include recipe_table

# %% include training

# %%
show_picture(
    f"{RUN}/samples.png",
    "Figure: validation photographs: gray, the model's own RGB with its own lightness, true.",
    width=600,
)

# %% [markdown]
# ## Results on unseen photographs
#
# `Colorizer` takes pictures of any size: the model sees them at its own, a and b of its RGB are
# enlarged along the edges of the photograph, and the photograph's lightness stays.

# %%
colorizer = colorkit.Colorizer(model)
draw_comparison({"Predicted": colorizer}, unseen.values(), "results.png", side=256)
show_picture(
    "results.png",
    "Figure: unseen photographs: gray, the model's ab under the photograph's lightness, true.",
)

# %% [markdown]
# So few steps teach 26 million random weights little. The next notebooks show what a backbone
# changes.

# %% include metrics

# %% include saving

# %% [markdown]
# ## What to try next
#
# - `colorkit.get_recipe("encoder_decoder_modern", ...)`: a loss for which gray is no good answer,
#   a learning rate that falls, the best epoch kept.
# - More photographs: `colorkit dataset fetch`, or a folder on a mounted Google Drive as `PHOTOS`.
# - `03_vgg16`: let a backbone that has seen a million photographs do the encoding.
# - `07_colorize_your_photos`: the model that colorkit ships trained.
