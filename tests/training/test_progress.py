"""What a person sees of a training run."""

import io

import pytest
from rich.console import Console

from colorkit.training import progress as progress_module
from colorkit.training.progress import TrainingProgress, format_time


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still unless it is advanced."""

    class Clock:
        now = 100.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(progress_module, "time", clock)
    return clock


def train(progress, clock, epochs, steps, seconds):
    clock.now += 500 * (epochs[0] == 0)  # The first step compiles
    for epoch in epochs:
        progress.on_epoch_begin(epoch)
        for step in range(steps):
            clock.now += seconds
            progress.on_train_batch_end(step, {"loss": 0.5})
        progress.on_epoch_end(epoch, {"loss": 0.5, "val_psnr": 21.234567})


def test_elsewhere_each_epoch_is_one_line(clock, capsys):
    """Epochs 3 and 4 of 10, of 30 steps of 2 s: a minute each."""
    with TrainingProgress(60, 30, 10, 16, lambda step: 1e-6 * (step + 1)) as progress:
        progress.print_line("It begins [now].")
        train(progress, clock, (2, 3), 30, 2.0)
    assert capsys.readouterr().out.splitlines() == [
        "It begins [now].",
        "Epoch 3/10: loss 0.5, val_psnr 21.23; 1:00 min, "
        "rate 9e-05, 8 photographs/s, 7:00 min left",
        "Epoch 4/10: loss 0.5, val_psnr 21.23; 1:00 min, "
        "rate 0.00012, 8 photographs/s, 6:00 min left",
    ]


def test_validation_after_a_run_begun_late_in_an_epoch_is_not_taken_for_its_steps(clock, capsys):
    """Two steps of 1 s, 40 s of validation; four epochs of 60 s and 40 s are left."""
    with TrainingProgress(57, 60, 5, 4, lambda step: 4e-4) as progress:
        progress.on_epoch_begin(0)
        for step in (57, 58, 59):
            clock.now += 1
            progress.on_train_batch_end(step, {"loss": 0.5})
        clock.now += 40
        progress.on_epoch_end(0, {"loss": 0.5})
    line = "Epoch 1/5: loss 0.5; 43 s, rate 0.0004, 4 photographs/s, 6:40 min left\n"
    assert capsys.readouterr().out == line


def test_on_a_terminal_a_bar_shows_steps_loss_and_time_left(clock, monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(
        progress_module,
        "Console",
        lambda **kwargs: Console(file=screen, force_terminal=True, width=130, **kwargs),
    )
    with TrainingProgress(0, 10, 2, 12, lambda step: 4e-4) as progress:
        train(progress, clock, (0,), 10, 3.0)
        progress.on_epoch_begin(1)
        clock.now += 3
        progress.on_train_batch_end(0, {"loss": 0.25})
    assert (
        "Epoch 1/2: loss 0.5, val_psnr 21.23; 30 s, rate 0.0004, 4 photographs/s, 30 s left"
        in screen.getvalue()
    )
    for text in ("Epoch 2/2", "11/20", "loss 0.25", "rate 0.0004, 4 photographs/s, 27 s left"):
        assert text in screen.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (61, "1:01 min"), (3599, "59:59 min"), (93780, "26:03 h")],
)
def test_spans_of_time(seconds, text):
    assert format_time(seconds) == text
