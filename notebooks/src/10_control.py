# %% [markdown]
# # 10. Control: references, scribbles, palettes, variants
#
# A black-and-white photograph has many colourings. This notebook guides which one it gets:
#
# - a **reference**, a colour photograph of the same things;
# - **hints** and their strength;
# - a **palette**, and the **look** of an old process;
# - a **mask** of what stays as it is, and colour that is there already;
# - **variants** to choose from.
#
# Beside them stand three classics, which the report's section 2.1 sums up in one sentence: what was
# done before networks knew what a picture shows.
#
# There is nothing to train: this is the full setting, some minutes on Colab's CPU.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
PHOTO = None  # A colour photograph, whose colours are taken away; None: a shipped one
SIDE = 256  # Of the squares that are cut out of it, in pixels
VARIANTS = 4  # From 2 to 8

# %%
import numpy as np
import skimage.data

import colorkit
from colorkit.classics import (
    colorize_by_optimization,
    transfer_by_luminance,
    transfer_statistics,
)
from colorkit.inference import make_palette
from colorkit.visualization import show_picture

# %% [markdown]
# ## Two neighbouring squares
#
# They share half. The left one loses its colours; the right one keeps them and is the reference.

# %%
photo = skimage.data.coffee() if PHOTO is None else colorkit.read_photo(PHOTO).pixels
top = max(0, (photo.shape[0] - SIDE) // 2)
truth, reference = (
    np.ascontiguousarray(photo[top : top + SIDE, left : left + SIDE]) for left in (0, SIDE // 2)
)
unrelated = skimage.data.chelsea()[:SIDE, :SIDE]
colorizer = colorkit.Colorizer()
gray = colorizer.with_saturation(0).colorize(truth)
automatic = colorizer.colorize(gray)


def beside(*pictures):
    """Puts pictures of one height side by side."""
    margin = ((0, 0), (0, 4), (0, 0))
    return np.hstack([np.pad(each, margin, constant_values=255) for each in pictures])


def psnr(picture):
    """Peak signal-to-noise ratio to the truth, in dB."""
    return -10 * np.log10(np.mean((picture / 255 - truth / 255) ** 2))


show_picture(
    beside(gray, automatic, truth, reference),
    f"Figure: gray, automatic ({psnr(automatic):.1f} dB), the truth, and the reference.",
)

# %% [markdown]
# ## A reference
#
# The model's encoder says what each place of both pictures shows. Places that are each other's
# nearest, whose neighbours agree, take the reference's colour as a soft hint; the rest is
# automatic. A photograph of something else is recognised as such, and changes nothing.

# %%
guided = colorizer.colorize(gray, reference=reference)
other = colorizer.colorize(gray, reference=unrelated)
show_picture(
    beside(automatic, guided, other, unrelated),
    f"Figure: automatic, with the reference ({psnr(guided):.1f} dB), and with an unrelated one "
    f"({psnr(other):.1f} dB), which is the last.",
)

# %% [markdown]
# ## What came before
#
# `transfer_statistics` (Reinhard et al. 2001) gives the picture the mean and the spread of the
# reference's colours: a gray one becomes one tint. `transfer_by_luminance` (Welsh et al. 2002)
# looks for the same brightness and roughness. Neither knows what a cup is.

# %%
statistics, luminance = (
    transfer(gray, reference) for transfer in (transfer_statistics, transfer_by_luminance)
)
show_picture(
    beside(statistics, luminance, guided),
    f"Figure: Reinhard et al. ({psnr(statistics):.1f} dB), Welsh et al. "
    f"({psnr(luminance):.1f} dB), and correspondence in the encoder's features.",
)

# %% [markdown]
# ## Hints, and scribbles
#
# Three points of the truth's colours. The network spreads them over what belongs together; the
# linear system of Levin et al. 2004 over what is alike in brightness, and knows nothing else.

# %%
points = [(SIDE // 8, SIDE // 8), (SIDE // 2, SIDE // 2), (SIDE - 20, SIDE - 20)]
hints = [(x, y, "#{:02x}{:02x}{:02x}".format(*truth[y, x])) for x, y in points]
hinted = colorizer.colorize(gray, hints)
half = colorizer.colorize(gray, [(*hint, 0.5) for hint in hints])
spread = colorize_by_optimization(gray, hints=hints)
show_picture(
    beside(automatic, half, hinted, spread),
    "Figure: automatic, hints of half and of full strength, and the same hints spread by "
    "optimization.",
)

# %% [markdown]
# ## A palette
#
# Two colours, or the colours of another picture: the predicted distribution is re-weighted so
# that the picture as a whole moves towards them. Places that cannot be blue do not become so.

# %%
cold = colorizer.colorize(gray, palette=make_palette("#30507a,#7a8a99", strength=0.3))
cat = colorizer.colorize(gray, palette=unrelated)
show_picture(beside(automatic, cold, cat), "Figure: automatic, two cold colours, those of a cat.")

# %% [markdown]
# ## Looks of old processes
#
# What an autochrome plate, Kodachrome film and tinting by hand make of the colours: principles that
# are documented, with numbers chosen by them. The lightness stays the photograph's.

# %%
looks = [
    colorizer.colorize(gray, look=look) for look in ("autochrome", "kodachrome", "hand-tinted")
]
show_picture(
    beside(automatic, *looks), "Figure: automatic; as an autochrome, on Kodachrome, hand-tinted."
)

# %% [markdown]
# ## What stays
#
# Where the mask is white, the photograph stays as it is; and where a print was tinted by hand,
# its own colour stays and tells the rest.

# %%
mask = np.zeros(gray.shape[:2], bool)
mask[:, : SIDE // 3] = True
tinted = gray.copy()
tinted[SIDE // 2 :] = truth[SIDE // 2 :]
show_picture(
    beside(
        colorizer.colorize(gray, mask=mask), tinted, colorizer.colorize(tinted, keep_color=True)
    ),
    "Figure: the left third stays gray; a print half in colour, and what it becomes.",
)

# %% [markdown]
# ## Variants
#
# Each region takes one of its likely colours, from cold to warm. The first is the automatic
# picture.

# %%
variants = colorizer.colorize_variants(gray, VARIANTS)
best = int(np.argmax([psnr(each) for each in variants]))
show_picture(
    beside(*variants),
    f"Figure: {VARIANTS} variants; number {best + 1} is nearest to the truth.",
)

# %% [markdown]
# ## What to try next
#
# - On the command line: `colorkit colorize old.jpg -o new.jpg --reference album/colour.jpg`,
#   `--palette`, `--keep-mask`, `--keep-color`, `--variants 4`.
# - Several references: `reference=[first, second]`; each place takes the surer match.
# - `docs/control.md` has the figures on photographs held out from training.
