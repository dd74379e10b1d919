"""The networks, one builder a recipe. See `contract` for what they have in common."""

from colorkit.architectures.base import build_base_model
from colorkit.architectures.discriminator import build_discriminator
from colorkit.architectures.encoder_decoder import build_encoder_decoder_model
from colorkit.architectures.fusion import build_efficientnet_model, build_inception_model
from colorkit.architectures.hinted import build_hinted_model
from colorkit.architectures.iizuka import build_iizuka_model
from colorkit.architectures.larsson import build_larsson_model
from colorkit.architectures.vgg import build_vgg_model
from colorkit.architectures.zhang import build_zhang_model

__all__ = [
    "build_base_model",
    "build_discriminator",
    "build_efficientnet_model",
    "build_encoder_decoder_model",
    "build_hinted_model",
    "build_iizuka_model",
    "build_inception_model",
    "build_larsson_model",
    "build_vgg_model",
    "build_zhang_model",
]
