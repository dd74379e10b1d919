"""The job files of docs/distributed.md: their form, and what their workers are told."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "distributed.md"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the files are scripts of bash")


def read_block(language, word):
    """Returns the page's code block in a language that has a word in it."""
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (block,) = (block for block in blocks if word in block)
    return block


def run_script(script, folder, commands, **environment):
    """Runs a script where some commands are replaced. Returns TF_CONFIG that `colorkit` has."""
    told = folder / "told"
    for name, lines in {**commands, "colorkit": f'printf %s "$TF_CONFIG" > {told}'}.items():
        (folder / name).write_text(f"#!/bin/bash\n{lines}\n")
        (folder / name).chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-euc", script], check=True, env={**os.environ, "PATH": path, **environment}
    )
    return json.loads(told.read_text())


def test_the_slurm_script_tells_each_task_the_addresses_of_all(tmp_path):
    script = read_block("bash", "#SBATCH")
    commands = {"scontrol": "printf 'node7\\nnode9\\n'", "srun": 'shift; SLURM_PROCID=1 exec "$@"'}
    config = run_script(script, tmp_path, commands, SLURM_JOB_NODELIST="node[7,9]")
    assert config == {
        "cluster": {"worker": ["node7:2222", "node9:2222"]},
        "task": {"type": "worker", "index": 1},
    }


def test_the_kubernetes_job_tells_each_pod_the_addresses_of_all(tmp_path):
    yaml = pytest.importorskip("yaml")
    service, job = yaml.safe_load_all(read_block("yaml", "kind: Job"))
    template = job["spec"]["template"]["spec"]
    (container,) = template["containers"]
    *shell, script = container["command"]
    assert shell == ["bash", "-c"]
    environment = {each["name"]: each["value"] for each in container["env"]}
    config = run_script(script, tmp_path, {}, JOB_COMPLETION_INDEX="1", **environment)
    # As Kubernetes names the pods of an indexed Job, within the Service that is their subdomain
    name, port = job["metadata"]["name"], service["spec"]["ports"][0]["port"]
    pods = [f"{name}-{index}.{template['subdomain']}:{port}" for index in range(2)]
    assert config == {"cluster": {"worker": pods}, "task": {"type": "worker", "index": 1}}
    assert template["subdomain"] == service["metadata"]["name"]
    assert service["spec"]["selector"] == {"job-name": name}
    assert job["spec"]["completions"] == job["spec"]["parallelism"] == int(environment["WORKERS"])


def test_the_kubernetes_file_fits_the_schema():
    yaml = pytest.importorskip("yaml")
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    for document in yaml.safe_load_all(read_block("yaml", "kind: Job")):
        kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
