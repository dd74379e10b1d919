"""Processes that train together by `distributed_training.py`, and comparisons of their runs."""

import csv
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np

SCRIPT = Path(__file__).with_name("distributed_training.py")

EPOCHS = 3
"""Of each run."""

SECONDS_TO_END = 60
"""Within so long the chief must end when a worker has died. TensorFlow notices it in about 10."""


def end_with_parent():
    """Ends this process, at once, when the one that started it ends or ends it.

    That is when the pipe to its standard input is closed. Workers wait for each other for minutes
    or hours, on a thread for each of what they do.
    """

    def wait():
        os.read(0, 1)  # not by `sys.stdin`, whose lock Python wants when it ends
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


class Process:
    """A process that runs `distributed_training.py`, and ends with this one.

    Args:
        folder: Where its messages are kept.
        name: Its name there.
        arguments: Of the script.
        environment: Variables of its environment.
    """

    def __init__(self, folder, name, *arguments, **environment):
        path = os.pathsep.join([str(SCRIPT.parents[2]), os.environ.get("PYTHONPATH", "")])
        self._errors = folder / f"{name}.txt"
        with open(self._errors, "w") as stream:
            self._process = subprocess.Popen(
                [sys.executable, str(SCRIPT), *map(str, arguments)],
                env={**os.environ, "PYTHONPATH": path, "CUDA_VISIBLE_DEVICES": "", **environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=stream,
            )

    def wait(self, seconds):
        """Returns the exit code and what was written to stderr."""
        try:
            code = self._process.wait(seconds)
        finally:
            self.end()
        return code, self._errors.read_text()

    def end(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()


def tf_configs():
    """Returns TF_CONFIG of each of two workers, at addresses that are free."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    addresses = ["{}:{}".format(*each.getsockname()) for each in sockets]
    for each in sockets:
        each.close()
    return [
        json.dumps({"cluster": {"worker": addresses}, "task": {"type": "worker", "index": number}})
        for number in range(2)
    ]


def start_workers(folder, *arguments, **environment):
    """Starts two workers with the same arguments. Returns their `Process`es."""
    return [
        Process(folder, f"worker{n}", "multiworker", *arguments, TF_CONFIG=config, **environment)
        for n, config in enumerate(tf_configs())
    ]


def read_log(run):
    with open(run / "log.csv", newline="") as stream:
        return list(csv.DictReader(stream))


def check_same_run(run, expected):
    """Checks losses and metrics of each epoch against another run's."""
    rows, expected_rows = read_log(run), read_log(expected)
    assert len(rows) == len(expected_rows) == EPOCHS
    for row, expected_row in zip(rows, expected_rows, strict=True):
        assert row.keys() == expected_row.keys() >= {"loss", "val_loss"}
        for name in row:
            np.testing.assert_allclose(float(row[name]), float(expected_row[name]), rtol=2e-4)
