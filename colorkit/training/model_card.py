"""The card of a model, for the Hugging Face Hub, with what the record of its training tells."""

import json
import re
from pathlib import Path, PureWindowsPath
from typing import Any

import jinja2
import keras

import colorkit
from colorkit.models.contract import model_spec
from colorkit.models.layers.annealed_mean import styles_of
from colorkit.models.registry import MODELS
from colorkit.models.saved_models import BEST_FILE, MODEL_FILE
from colorkit.training.run_folder import RunFolder, find_best_row

_METRICS = {
    "val_psnr": "PSNR (dB)",
    "val_ssim": "SSIM",
    "val_auc": "AuC of the ab error (%)",
    "val_auc_rebalanced": "the same, every colour counting alike (%)",
    "val_colorfulness": "colourfulness",
}
_OUTPUTS = {"ab": "a and b of CIE Lab, divided by 128", "rgb": "sRGB in [0, 1]"}
_LICENCE = re.compile(r"[a-z0-9][a-z0-9.+-]*")


def render_card(
    model: keras.Model, path: Path, address: str | None = None, licence: str | None = None
) -> str:
    """Renders the card of a model, which is Markdown after the hub's YAML.

    Args:
        model: The `keras.Model`.
        path: `Path` of its `.keras` file; how it was trained is read from the run's record beside
            it, where it is a run's.
        address: `"owner/name"` on the hub; `None` for a draft that lies in the run's folder and
            shows its pictures.
        licence: The hub's name of the licence, or `None`.

    Returns:
        Text.

    Raises:
        ValueError: If the model is none of colorkit, or `licence` no such name.
    """
    licence = None if licence is None else licence.lower()
    if licence is not None and not _LICENCE.fullmatch(licence):
        raise ValueError(
            "`licence` must be the hub's name of a licence, such as 'apache-2.0', 'cc-by-4.0' or "
            f"'other'. Received: {licence!r}"
        )
    spec = model_spec(model)
    training = _describe_training(path)
    built = (training and training["model"]) or model.name
    if built in MODELS:
        built = f"colorkit's `{built}`: {MODELS[built].description}"
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("colorkit", "assets"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("model_card.md.j2").render(
        address=address,
        title=address.split("/")[1] if address else path.absolute().parent.name,
        file=path.name,
        pictures=[] if address else _find_pictures(RunFolder(path.parent)),
        licence=licence,
        version=colorkit.__version__,
        architecture=built,
        parameters=model.count_params(),
        spec=spec,
        output=_OUTPUTS[spec.output],
        styles=styles_of(model),
        training=training,
    )


def _find_pictures(run: RunFolder) -> list[tuple[str, str]]:
    """Lists the titles and names of the pictures that a run has left."""
    pictures = (
        ("Photographs for validation: gray, predicted, true", run.samples),
        ("Losses and metrics by epoch", run.curves),
    )
    return [(title, path.name) for title, path in pictures if path.exists()]


def _describe_training(path: Path) -> dict[str, Any] | None:
    """Describes a training by the record of its run; `None` where there is none."""
    run = RunFolder(path.parent)
    record = run.read_record() if path.name in (MODEL_FILE, BEST_FILE) else {}
    if not record:
        return None
    given = {field: value for field, value in record["recipe"].items() if value is not None}
    recipe = {field: _without_folders(value) for field, value in given.items()}
    rows = run.read_log()
    if path.name == BEST_FILE or recipe.get("keep") == "best":
        shown = find_best_row(rows, recipe.get("monitor", "val_loss"))
    else:
        shown = rows[-1] if rows else None
    shown = shown or {}
    return {
        "model": recipe.get("model"),
        "recipe": json.dumps(recipe, indent=2),
        "photographs": record["photographs"]["number"],
        "parts": run.count_parts(),
        "seed": record["seed"],
        "precision": record["precision"],
        "epochs": len(rows),
        "start": record["starts"][-1],
        "metrics": [(title, shown[name]) for name, title in _METRICS.items() if name in shown],
    }


def _without_folders(value: Any) -> Any:
    """Returns a value of a recipe; of a path its last part, as folders are the user's own."""
    return PureWindowsPath(value).name if isinstance(value, str) else value
