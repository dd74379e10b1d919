from . import (
    batch as batch,
    classics as classics,
    cluster as cluster,
    color as color,
    data as data,
    evaluation as evaluation,
    export as export,
    inference as inference,
    io as io,
    losses as losses,
    metrics as metrics,
    models as models,
    training as training,
    video as video,
    visualization as visualization,
)
from .color import (
    count_out_of_gamut as count_out_of_gamut,
    lab_to_rgb as lab_to_rgb,
    rgb_to_lab as rgb_to_lab,
)
from .data import Augmentation as Augmentation, load_photo_dataset as load_photo_dataset
from .demo.launch import build_demo as build_demo, launch_demo as launch_demo
from .evaluation import evaluate_model as evaluate_model, evaluate_models as evaluate_models
from .export import export_model as export_model, publish_model as publish_model
from .inference import Colorizer as Colorizer, Hint as Hint
from .io import (
    Photo as Photo,
    PhotoError as PhotoError,
    read_photo as read_photo,
    write_photo as write_photo,
)
from .models import (
    build_colorkit_base_model as build_colorkit_base_model,
    build_colorkit_hints_model as build_colorkit_hints_model,
    build_discriminator as build_discriminator,
    build_efficientnet_model as build_efficientnet_model,
    build_encoder_decoder_model as build_encoder_decoder_model,
    build_iizuka_model as build_iizuka_model,
    build_inception_model as build_inception_model,
    build_larsson_model as build_larsson_model,
    build_model as build_model,
    build_vgg_model as build_vgg_model,
    build_zhang_model as build_zhang_model,
    list_models as list_models,
    load_model as load_model,
)
from .training import (
    ADVERSARIAL_RECIPES as ADVERSARIAL_RECIPES,
    RECIPES as RECIPES,
    AdversarialRecipe as AdversarialRecipe,
    Recipe as Recipe,
    get_adversarial_recipe as get_adversarial_recipe,
    get_recipe as get_recipe,
    train_adversarially as train_adversarially,
    train_model as train_model,
)
from .video import colorize_video as colorize_video

__version__: str
