"""The scripts of docs/distributed.md, run with stand-ins for the programs of a cluster."""

import json
import os
import re
import shlex
import subprocess
import textwrap
from pathlib import Path

import pytest

from colorkit.cli.main import build_parser

PAGE = (Path(__file__).parents[1] / "docs" / "distributed.md").read_text(encoding="utf-8")
SLURM = re.search(r"^```bash\n(#!/bin/bash\n.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1]
KUBERNETES = textwrap.dedent(
    re.search(r"^            - \|\n(.*?)^          resources:", PAGE, re.MULTILINE | re.DOTALL)[1]
)
STAND_INS = {
    "scontrol": 'test "$1 $2" = "show hostnames" && printf "node7\\nnode9\\n"',
    "srun": 'shift; for SLURM_PROCID in 0 1; do export SLURM_PROCID; "$@"; done',
    "colorkit": 'echo "$TF_CONFIG" | tr "\\n" " "; echo; echo "$@"',
}


@pytest.fixture
def run(tmp_path):
    """Runs a script; returns the workers' TF_CONFIG, and their commands, line by line."""
    for name, script in STAND_INS.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{script}\n")
        (tmp_path / name).chmod(0o755)

    def run(script, **environment):
        path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
        answer = subprocess.run(
            ["bash", "-euc", script],
            env={"PATH": path, "HOME": "/home/me", **environment},
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        lines = answer.stdout.splitlines()
        return [json.loads(line) for line in lines[::2]], lines[1::2]

    return run


def check_command(command):
    options = build_parser().parse_args(shlex.split(command))
    assert (options.command, options.strategy) == ("train", "multiworker")


def test_slurm_tells_each_task_its_place(run):
    configs, commands = run(SLURM, SLURM_JOB_NODELIST="node[7,9]")
    for index, config in enumerate(configs):
        assert config["cluster"] == {"worker": ["node7:2222", "node9:2222"]}
        assert config["task"] == {"type": "worker", "index": index}
    assert len(configs) == 2
    check_command(commands[0])


def test_kubernetes_tells_each_pod_its_place(run):
    (config,), (command,) = run(KUBERNETES, WORKERS="3", JOB_COMPLETION_INDEX="2")
    workers = [f"colorkit-{number}.colorkit:2222" for number in range(3)]
    assert config == {"cluster": {"worker": workers}, "task": {"type": "worker", "index": 2}}
    check_command(command)


def test_the_kubernetes_file_fits_the_schema():
    """And its parts each other: the Service is the pods' subdomain and selects them."""
    yaml = pytest.importorskip("yaml")
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    text = re.search(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1]
    service, job = yaml.safe_load_all(text)
    for document in (service, job):
        kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
    spec = job["spec"]
    assert spec["template"]["spec"]["subdomain"] == service["metadata"]["name"]
    assert service["spec"]["selector"] == {"job-name": job["metadata"]["name"]}
    (variable,) = spec["template"]["spec"]["containers"][0]["env"]
    assert spec["completions"] == spec["parallelism"] == int(variable["value"])


@pytest.mark.parametrize(
    "line", re.findall(r"^!?(?:KERAS_BACKEND=jax )?colorkit (.*)$", PAGE, re.MULTILINE)
)
def test_commands_are_understood(line):
    assert build_parser().parse_args(shlex.split(line)).command == "train"
