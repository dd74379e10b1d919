from .colorkit_base import build_colorkit_base_model as build_colorkit_base_model
from .colorkit_hints import build_colorkit_hints_model as build_colorkit_hints_model
from .contract import model_spec as model_spec
from .encoder_decoder import build_encoder_decoder_model as build_encoder_decoder_model
from .fusion import (
    build_efficientnet_model as build_efficientnet_model,
    build_inception_model as build_inception_model,
)
from .iizuka import build_iizuka_model as build_iizuka_model
from .larsson import build_larsson_model as build_larsson_model
from .layers.annealed_mean import (
    styles_of as styles_of,
    with_style as with_style,
)
from .load import (
    load_model as load_model,
    save_weights_in_float16 as save_weights_in_float16,
)
from .patch_discriminator import build_discriminator as build_discriminator
from .registry import (
    MODELS as MODELS,
    ModelDescription as ModelDescription,
    ModelEntry as ModelEntry,
    build_model as build_model,
    describe as describe,
    list_models as list_models,
)
from .spec import ModelSpec as ModelSpec
from .backbone_split import (
    SplitModel as SplitModel,
    split_backbone as split_backbone,
)
from .vgg16 import build_vgg_model as build_vgg_model
from .zhang import build_zhang_model as build_zhang_model
