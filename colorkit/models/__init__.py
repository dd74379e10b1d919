"""The models, one builder each. See `contract` for what they have in common."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "colorkit_base": ["build_colorkit_base_model"],
        "colorkit_hints": ["build_colorkit_hints_model"],
        "encoder_decoder": ["build_encoder_decoder_model"],
        "fusion": ["build_efficientnet_model", "build_inception_model"],
        "iizuka": ["build_iizuka_model"],
        "larsson": ["build_larsson_model"],
        "load": ["load_model"],
        "patch_discriminator": ["build_discriminator"],
        "vgg16": ["build_vgg_model"],
        "zhang": ["build_zhang_model"],
    },
)
