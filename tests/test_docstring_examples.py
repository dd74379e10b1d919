"""The examples in docstrings run, and print what they say."""

import os

import pytest
from docstring_examples import WITH_SMALL_MODELS, find_examples, run

# They ask somebody's server, open a browser, or need a package that the tests can do without.
NOT_RUN = {
    "colorkit.data.fetch.unsplash_fetch.fetch_photos": "asks Unsplash; tests/data/fetch do it",
    "colorkit.data.fetch.url_fetch.fetch_urls": "downloads; tests/data/fetch do it",
    "colorkit.data.tfrecord_writer.load_tfrecords": "reads a bucket",
    "colorkit.demo.launch.launch_demo": "opens a browser; tests/demo do it",
    "colorkit.video.video_colorizer.colorize_video": "needs PyAV; tests/video do it",
}
SLOW = {
    "colorkit.data.dataset.load_photo_dataset",
    "colorkit.data.sample_crops.write_sample_crops",
    "colorkit.evaluation.evaluator.evaluate_model",
    "colorkit.evaluation.evaluator.evaluate_models",
    "colorkit.export.exporter.export_model",
    "colorkit.inference.colorizer.Colorizer",
    "colorkit.inference.colorizer.Colorizer.colorize",
    "colorkit.inference.opened_model.OpenedModel.from_preset",
    "colorkit.models.contract.model_spec",
    "colorkit.models.encoder_decoder.build_encoder_decoder_model",
    "colorkit.models.fusion.build_inception_model",
    "colorkit.models.iizuka.build_iizuka_model",
    "colorkit.models.larsson.build_larsson_model",
    "colorkit.models.patch_discriminator.build_discriminator",
    "colorkit.models.registry.describe",
    "colorkit.models.vgg16.build_vgg_model",
    "colorkit.models.zhang.build_zhang_model",
    "colorkit.training.adversarial.train.train_adversarially",
    "colorkit.training.features.feature_cache.PhotoFeatures",
    "colorkit.training.features.teacher_features.TeacherFeatures",
    "colorkit.visualization.backbone_stages.efficientnet_stages",
    "colorkit.visualization.comparison_grid.draw_comparison",
}
"""Examples of whole models."""

EXAMPLES = find_examples()
QUICK = sorted(set(EXAMPLES) - set(NOT_RUN) - SLOW)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="examples print the paths of other systems")


def run_examples(names):
    wrong = run(sorted(names))
    assert not wrong, "\n".join(wrong.values())


def test_there_are_examples_and_all_are_known():
    assert len(EXAMPLES) > 70
    assert set(NOT_RUN) | SLOW | WITH_SMALL_MODELS <= set(EXAMPLES)


@pytest.mark.slow
def test_quick_examples_run():
    run_examples(QUICK)


@pytest.mark.slow
def test_examples_of_whole_models_run():
    run_examples(SLOW)
