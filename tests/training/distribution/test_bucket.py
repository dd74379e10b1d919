"""Two workers train on TFRecord files in a bucket of S3, imitated by moto; one of them is lost."""

import json
import signal

import distributed_training
import keras
import pytest
from drawn_photos import draw_photo, save_photo
from failing_s3 import run_failing_s3
from training_processes import SECONDS_TO_END, Process, check_same_run, tf_configs

from colorkit.data import tfrecord_writer
from colorkit.data.build import build_dataset
from colorkit.models import registry

pytest.importorskip("moto", reason="S3 is imitated by moto: pip install 'moto[server]'")
pytest.importorskip("s3fs", reason="S3 is read by s3fs: pip install s3fs")
upath = pytest.importorskip("upath", reason="universal-pathlib reads addresses")

ADDRESS = "s3://drawn/dataset"


@pytest.fixture
def bucket(tmp_path, monkeypatch):
    """A data set of TFRecord files in a bucket that fails now and then; its folder here."""
    for number in range(20):
        save_photo(tmp_path / "photos" / f"{number}.png", draw_photo(number))
    monkeypatch.setattr(tfrecord_writer, "PAIRS_PER_SHARD", 5)
    folder = tmp_path / "dataset"
    options = {"output_format": "tfrecord", "size": 32, "split": (60, 25, 15), "workers": 1}
    build_dataset(tmp_path / "photos", folder, **options)
    with run_failing_s3(monkeypatch, fail_every=9) as told:
        place = upath.UPath(ADDRESS)
        place.fs.mkdir("drawn")
        place.fs.put(f"{folder}/", "drawn/dataset", recursive=True)
        yield folder
    assert told["failed"] > 0


def start_machines(folder, *arguments):
    """Starts two workers that have a cache of their own each, as machines do."""
    return [
        Process(
            folder,
            f"worker{number}",
            *("multiworker", *arguments, "--photos", ADDRESS),
            TF_CONFIG=config,
            COLORKIT_CACHE=str(folder / f"disk{number}"),
        )
        for number, config in enumerate(tf_configs())
    ]


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="about tf.distribute")
def test_two_workers_train_from_a_bucket_and_one_of_them_may_die(
    bucket, tmp_path, monkeypatch, eagerly
):
    run = tmp_path / "run"
    chief, other = start_machines(tmp_path, "--dies", run)
    try:
        code, errors = other.wait(400)
        assert code == -signal.SIGKILL, errors
        code, errors = chief.wait(SECONDS_TO_END)
    finally:
        chief.end()
    assert code == 1, errors
    assert "Another of the 2 workers has ended or cannot be reached" in errors
    assert not (run / "model.keras").exists()

    both = start_machines(tmp_path, run)
    for worker in both:
        code, errors = worker.wait(400)
        assert code == 0, errors
    starts = json.loads((run / "recipe.json").read_text())["starts"]
    assert [start["replicas"] for start in starts] == [2, 2]

    monkeypatch.setattr(registry, "MODELS", registry.MODELS)
    distributed_training.train("none", tmp_path / "one", photos=bucket)
    check_same_run(run, tmp_path / "one")
    for disk in ("disk0", "disk1"):
        (copy,) = (tmp_path / disk / "buckets").glob("*/dataset")
        assert {file.name for file in copy.iterdir()} == {file.name for file in bucket.iterdir()}
