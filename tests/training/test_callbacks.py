"""The order in which a run's callbacks are called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colorkit.training import callbacks, tensorboard
from colorkit.training.batch_statistics import BatchStatistics
from colorkit.training.callbacks import order_callbacks
from colorkit.training.distribution.strategy import SharedLogs
from colorkit.training.progress import TrainingProgress
from colorkit.training.validation import ValidationMetrics, ValidationPictures

pytestmark = pytest.mark.any_backend

# Each is of use only behind the one before it.
CHAINS = (
    # No callback may see weights with NaN; statistics, metrics and pictures are of the averages.
    (
        callbacks.StopOnNaN,
        callbacks.AveragedWeights,
        BatchStatistics,
        ValidationMetrics,
        callbacks.BestWeights,
        callbacks.TrainedWeights,
        callbacks.Checkpoint,
    ),
    (ValidationMetrics, ValidationPictures, callbacks.TrainedWeights),
    (ValidationPictures, tensorboard.TensorBoardLog, TrainingProgress),
    # The log has the metrics that all workers share; a stopped run is logged and saved.
    (ValidationMetrics, SharedLogs, callbacks.EpochLog, callbacks.Checkpoint),
    (callbacks.Checkpoint, callbacks.EarlyStopping),
    (callbacks.EpochLog, TrainingProgress),
)
KINDS = list(dict.fromkeys(kind for chain in CHAINS for kind in chain))


@given(st.permutations(KINDS))
def test_each_comes_after_what_it_needs(kinds):
    ordered = [type(each) for each in order_callbacks([object.__new__(kind) for kind in kinds])]
    assert sorted(map(str, ordered)) == sorted(map(str, KINDS))
    assert ordered[0] is callbacks.StopOnNaN
    for chain in CHAINS:
        places = [ordered.index(kind) for kind in chain]
        assert places == sorted(places), chain


def test_what_is_named_need_not_be_there():
    kinds = [callbacks.Checkpoint, SharedLogs, callbacks.StopOnNaN]
    ordered = order_callbacks([object.__new__(kind) for kind in kinds])
    assert [type(each) for each in ordered] in (
        [callbacks.StopOnNaN, SharedLogs, callbacks.Checkpoint],
        [callbacks.StopOnNaN, callbacks.Checkpoint, SharedLogs],
    )
