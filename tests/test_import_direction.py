"""Imports go one way, and TensorFlow has one door."""

import ast
from pathlib import Path

import pytest

import colorkit

# A module imports from the lines below its own only: siblings do not import each other.
LAYERS = (
    {"__main__"},
    {"cli"},
    {"commands.dataset"},
    {
        "commands.colorize",
        "commands.dataset_build",
        "commands.dataset_fetch",
        "commands.demo",
        "commands.evaluate",
        "commands.export",
        "commands.models",
        "commands.recipes",
        "commands.train",
        "commands.train_adversarially",
    },
    {"commands", "commands.console", "commands.options", "dataset", "exporting"},
    {"demonstrating", "exports.comparing", "video.colorizing_videos"},
    {"demo.page"},
    {"demo.hint_board", "demo.jobs", "demo.studio"},
    {
        "adversarial_training",
        "colorizing",
        "colorization.colorizing_files",
        "colorization.colorizing_report",
        "demo.previews",
        "drawing.comparison",
        "dataset.building",
        "dataset.fetching",
        "dataset.url_fetching",
        "evaluating",
        "colorization.output_plan",
        "training",
    },
    {
        "adversarial.alternation",
        "evaluation",
        "evaluation.html_report",
        "evaluation.tally",
        "devices.strategies",
        "video.colorizing_video",
    },
    {"evaluation.result", "devices.jax_distribution", "devices.tensorflow_distribution"},
    {
        "devices.distribution",
        "evaluation.examples",
        "evaluation.measuring",
        "evaluation.perceptual",
        "exports.graph",
    },
    {
        "evaluation.baselines",
        "evaluation.figures",
        "evaluation.frechet",
        "evaluation.protocols",
        "exports.picture_graph",
        "networks.hinted_companion",
        "networks.runtimes",
    },
    {"exports", "exports.keras_file", "exports.litert", "exports.onnx", "exports.saved_model"},
    {
        "networks.chroma_network",
        "features.feature_training",
        "features.teaching",
        "colorization.framing",
        "colorization.hint_files",
        "colorization.lightness",
        "feeding.photo_dataset",
        "networks.pretrained",
        "video.joining",
        "video.stabilizing",
    },
    {
        "adversarial.steps",
        "features.photo_features",
        "features.teacher_maps",
        "feeding.photo_stream",
        "feeding.record_dataset",
        "video.encoding",
        "video.flicker",
        "video.parts",
        "video.reading",
    },
    {
        "dataset.dataset_summary",
        "dataset.folder_output",
        "dataset.photo_store",
        "dataset.tfrecords",
        "dataset.unsplash",
        "drawing.architecture_figure",
        "drawing.augmentation_figure",
        "feeding.photo_cache",
        "quiet_start",
        "runs.batch_statistics",
        "runs.recipe_settings",
        "runs.run_folder",
        "runs.hint_training",
        "runs.run_record",
        "feeding.sample_crops",
        "feeding.sample_photos",
        "drawing.showing",
        "runs.training_callbacks",
        "runs.training_pictures",
        "runs.training_setup",
        "colorization.upsampling",
        "video.color_tags",
        "video.deinterlacing",
        "video.motion",
        "video.orientation",
    },
    {"runs.trainer", "runs.validating"},
    {"architectures", "architectures.catalog"},
    {"architectures.hinted"},
    {
        "architectures.base",
        "architectures.discriminator",
        "architectures.encoder_decoder",
        "architectures.fusion",
        "architectures.iizuka",
        "architectures.larsson",
        "architectures.vgg",
        "architectures.zhang",
    },
    {
        "architectures.ab_decoder",
        "architectures.annealed_mean",
        "architectures.backbones",
        "architectures.hue_chroma_estimate",
        "architectures.hypercolumns",
    },
    {
        "adversarial.coarse_chroma",
        "architectures.contract",
        "architectures.split",
        "features.feature_store",
        "features.photo_views",
    },
    {"architectures.layers", "architectures.spectral", "dataset.preparing"},
    {
        "feeding.cropping",
        "dataset.archives",
        "dataset.screening",
        "dataset.unsplash_answers",
        "files.finding",
        "losses",
        "metrics",
        "feeding.photo_source",
        "colorization.pictures",
        "video.kinds",
        "devices.precision",
        "adversarial_recipes",
        "recipes",
    },
    {
        "metrics.ab_error",
        "metrics.channel_accuracy",
        "metrics.color_difference",
        "metrics.colorfulness_measure",
        "metrics.noise_ratio",
        "metrics.structure",
    },
    {"feeding.fast_decoding", "metrics.inputs"},
    {
        "adversarial.objectives",
        "feeding.augmentation",
        "color_bins",
        "hue_chroma",
        "networks.exported_network",
        "exports.resizing",
        "exports.small_weights",
        "files.reading",
        "files.writing",
    },
    {
        "feeding.augmenting",
        "feeding.fusing",
        "feeding.revealing",
        "colorization.hints",
        "networks.settling",
        "color",
        "files.color_profiles",
        "dataset.getting",
        "dataset.url_list",
        "networks.weight_watch",
        "exports.gathered_upsampling",
        "files.exif",
        "files.fitting",
        "files.signatures",
        "files.sixteen_bit",
        "files.tiff_writing",
    },
    {"feeding.aging", "recipe_fields"},
    {
        "dataset.findings",
        "dataset.journal",
        "dataset.manifest",
        "dataset.near_duplicates",
        "dataset.squaring",
        "dataset.url_worker",
        "dataset.words",
        "color_space",
        "colorization.picture_steps",
        "colorization.borders",
        "colorization.pixel_gate",
        "networks.copying_weights",
        "networks.frozen_network",
        "networks.halving",
        "devices.hardware",
        "files.icc_curves",
        "networks.network_contract",
        "files.photo",
        "files.replacing",
        "networks.shipped",
        "video.video_error",
    },
    {
        "devices.input_gradients",
        "devices.replica_numbers",
        "runs.tensorboard_log",
        "runs.training_error",
        "runs.training_progress",
        "demo.limits",
        "demo.work_folder",
    },
    {
        "adversarial",
        "colorization",
        "demo",
        "devices",
        "drawing",
        "features",
        "feeding",
        "files",
        "networks",
        "runs",
        "video",
    },
    {"colorkit"},  # The version; its exports are lazy and checked by test_public_api.py.
)
# What is about TensorFlow's own formats, pipelines and devices; all else runs on any backend.
TENSORFLOW_MODULES = {
    "dataset.tfrecords",
    "networks.exported_network",
    "networks.frozen_network",
    "networks.weight_watch",
    "exports.litert",
    "exports.onnx",
    "exports.saved_model",
    "feeding.fusing",
    "feeding.photo_dataset",
    "feeding.record_dataset",
    "devices.input_gradients",
    "devices.replica_numbers",
    "devices.tensorflow_distribution",
}
LAYER_OF = {module: number for number, layer in enumerate(LAYERS) for module in layer}
FOLDER = Path(colorkit.__file__).parent
FILES = {
    path.relative_to(FOLDER)
    .with_suffix("")
    .as_posix()
    .replace("/", ".")
    .removesuffix(".__init__"): path
    for path in sorted(FOLDER.rglob("*.py"))
    if path != FOLDER / "__init__.py"
}


def imports_of(path):
    """Yields the module, or module and name, of each import, wherever it stands in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports relatively"
            yield from ((node.module, alias.name) for alias in node.names)


def own_imports_of(path):
    for module, name in imports_of(path):
        if module == "colorkit" or module.startswith("colorkit."):
            both = f"{module}.{name}".removeprefix("colorkit.")
            yield both if both in FILES else module.removeprefix("colorkit.")


def test_every_module_has_its_layer():
    assert set(FILES) == set(LAYER_OF) - {"colorkit"}
    assert sum(map(len, LAYERS)) == len(LAYER_OF), "a module stands in two layers"


@pytest.mark.parametrize("module", FILES)
def test_imports_go_down(module):
    imported = set(own_imports_of(FILES[module]))
    wrong = {other for other in imported if LAYER_OF[other] <= LAYER_OF[module]}
    assert not wrong, f"{module} imports {wrong}, which stand beside or above it"


def test_imports_are_seen():
    assert {"files.photo", "feeding.fast_decoding"} <= set(
        own_imports_of(FILES["feeding.photo_source"])
    )
    assert {"losses", "metrics"} <= set(own_imports_of(FILES["training"]))
    assert "colorizing" in set(own_imports_of(FILES["commands.console"])), "inside functions too"


def test_tensorflow_has_few_doors_which_open_late():
    importers = {
        module
        for module, path in FILES.items()
        if any(name.split(".")[0] == "tensorflow" for name, _ in imports_of(path))
    }
    assert importers == TENSORFLOW_MODULES
    for module in TENSORFLOW_MODULES:
        for statement in ast.parse(FILES[module].read_text(encoding="utf-8")).body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                assert "tensorflow" not in ast.unparse(statement)
