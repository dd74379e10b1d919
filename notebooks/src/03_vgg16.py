# %% [markdown]
# # 3. VGG16: a backbone that knows photographs
#
# The second model of the project report (section 4.2) need not learn what a photograph is: the
# first 19 layers of VGG16, trained on ImageNet, say it. They stay frozen. A small decoder of 1.6
# million weights turns their features into colour.
#
# **Here**: pictures of 96 x 96 pixels and 100 epochs on parts of a few photographs, some seven
# minutes on Colab's CPU. **The full recipe**: 224 x 224, 1,000 epochs on 2,880 photographs. VGG16
# is asked 11,520 times, four views of each; without colorkit's kept features it would be 2,880,000
# times. The report's Figures 4 and 12 show what that gives.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
PHOTOS = None  # Folder or tar of colour photographs, or a built data set; None: shipped ones
CROPS_PER_PHOTO = 16  # Parts of each shipped photograph
IMAGE_SIZE = 96  # Side of the model's pictures in pixels, a multiple of 32; 224 in the report
EPOCHS = 100  # 1000 in the report
STEPS_PER_EPOCH = None  # Batches in an epoch; None: as many as the photographs fill
WEIGHTS = "imagenet"  # The backbone's; None: random ones, as where nothing can be downloaded
HAND_EPOCHS = 10  # Of the decoder that is fitted by hand
TIMED_EPOCHS = 8  # Of the runs that time the kept features
RUN = "runs/vgg16"  # Folder of the run; on a mounted Google Drive it outlives the session

# %% include imports

# %% include data

# %% include look

# %% [markdown]
# ## Model
#
# `encoder` is VGG16 from its input to `block5_pool`, with its own preprocessing inside; `decoder`
# turns its features into a and b, divided by 128. They can be taken apart:
# `model.get_layer("decoder")` is what trains.

# %% include backbone model=vgg16

# %% include diagram

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

# %% include recipe model=vgg16

# %% include recipe_table

# %% include training

# %% include samples

# %% [markdown]
# ## Cached features: the speed-up, live
#
# VGG16 is frozen: its features of a picture are the same in every epoch. So colorkit computes them
# once for each view of a photograph, cached in `features/`; an epoch then trains the decoder
# alone. Three short runs of the same length: one that runs VGG16 in each step
# (`feature_views=None`), one that fills the cache, and one that reuses it.

# %%
import time

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
    f"Table: {TIMED_EPOCHS} epochs, with the time that building, compiling and saving takes.",
)

# %% [markdown]
# Building, compiling and saving take the same time in all three; the epochs, whose seconds stand at
# the end of their lines, differ by far more. So the gain grows with the number of epochs, of which
# the full recipe has 1,000.

# %% include results

# %% include pale

# %% [markdown]
# VGG16's features are 1/32 of the picture's size, so that colours are patches; fusion, in the next
# notebooks, keeps the place.

# %% include metrics

# %% include saving

# %% [markdown]
# ## What to try next
#
# - `colorkit.get_recipe("vgg16_modern", ...)`: a loss for which gray is no good answer, a learning
#   rate that falls, the best epoch kept.
# - `feature_views=1` is the report's own way, without augmentation; 8 views take twice the space
#   of 4.
# - `04_inception_v3`: the same idea for what is in the picture, with an encoder that sees where it
#   is.
