"""Colours black-and-white photographs with Keras, and trains networks that do."""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "training.recipes.adversarial_recipes": [
            "ADVERSARIAL_RECIPES",
            "AdversarialRecipe",
            "get_adversarial_recipe",
        ],
        "training.adversarial.train": ["train_adversarially"],
        "models": [
            "build_colorkit_base_model",
            "build_discriminator",
            "build_efficientnet_model",
            "build_encoder_decoder_model",
            "build_colorkit_hints_model",
            "build_iizuka_model",
            "build_inception_model",
            "build_larsson_model",
            "build_vgg_model",
            "build_zhang_model",
        ],
        "color.lab": ["count_out_of_gamut", "lab_to_rgb", "rgb_to_lab"],
        "inference.hints": ["Hint"],
        "inference.colorizer": ["Colorizer"],
        "demo.launch": ["build_demo", "launch_demo"],
        "evaluation.evaluator": ["evaluate_model", "evaluate_models"],
        "export.exporter": ["export_model"],
        "data.augmentation.config": ["Augmentation"],
        "data.dataset": ["load_photo_dataset"],
        "io.photo": ["Photo", "PhotoError"],
        "io.read": ["read_photo"],
        "io.write": ["write_photo"],
        "models.load": ["load_model"],
        "training.recipes.recipes": ["RECIPES", "Recipe", "get_recipe"],
        "training.train": ["train_model"],
        "video.video_colorizer": ["colorize_video"],
    },
)
