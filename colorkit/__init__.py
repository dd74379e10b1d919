"""Colours black-and-white photographs with Keras, and trains networks that do."""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "adversarial_recipes": [
            "ADVERSARIAL_RECIPES",
            "AdversarialRecipe",
            "get_adversarial_recipe",
        ],
        "adversarial_training": ["train_adversarially"],
        "architectures": [
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
        ],
        "color": ["count_out_of_gamut", "lab_to_rgb", "rgb_to_lab"],
        "colorization.hints": ["Hint"],
        "colorizing": ["Colorizer"],
        "demonstrating": ["build_demo", "launch_demo"],
        "evaluating": ["evaluate_model", "evaluate_models"],
        "exporting": ["export_model"],
        "feeding.augmentation": ["Augmentation"],
        "feeding.photo_dataset": ["load_photo_dataset"],
        "files.photo": ["Photo", "PhotoError"],
        "files.reading": ["read_photo"],
        "files.writing": ["write_photo"],
        "networks.pretrained": ["load_model"],
        "recipes": ["RECIPES", "Recipe", "get_recipe"],
        "training": ["train_model"],
        "video.colorizing_video": ["colorize_video"],
    },
)
