from .ab_bins import (
    AB_BINS as AB_BINS,
    encode_ab as encode_ab,
    load_prior as load_prior,
    nearest_bin as nearest_bin,
    rebalancing_weights as rebalancing_weights,
    smooth_histogram as smooth_histogram,
)
from .lab import (
    count_out_of_gamut as count_out_of_gamut,
    lab_to_rgb as lab_to_rgb,
    luminance_to_lightness as luminance_to_lightness,
    rgb_to_lab as rgb_to_lab,
)
