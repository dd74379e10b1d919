"""Writes a trained model as a folder for the Hugging Face Hub, and uploads it where asked."""

import dataclasses
import re
import shutil
import tempfile
from pathlib import Path

import keras
import numpy as np

import colorkit
from colorkit.io.atomic_write import replace_when_whole, write_whole
from colorkit.io.checksum import digest_file
from colorkit.models.load import load_model
from colorkit.models.saved_models import HUB, find_saved, import_hub
from colorkit.training.model_card import render_card
from colorkit.typing import StrPath

CARD = "README.md"
CHECKSUMS = "SHA256SUMS"

_ADDRESS = re.compile(rf"{HUB}([\w-][\w.-]*/[\w-][\w.-]*)", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Publication:
    """A model as it is written for the Hugging Face Hub.

    Attributes:
        folder: `Path` of the folder.
        files: Tuple of the paths of all files in it, relative to it.
        card_was_kept: Whether there was a card already, which was left as it is.
        url: Where it was uploaded to; `None` where it was not.
    """

    folder: Path
    files: tuple[str, ...]
    card_was_kept: bool
    url: str | None = None


def publish_model(
    model: StrPath,
    to: str,
    folder: StrPath | None = None,
    *,
    licence: str | None = None,
    upload: bool = False,
    private: bool = False,
) -> Publication:
    """Writes a trained model as a folder for the Hugging Face Hub; uploads it only if asked.

    The folder holds the model as Keras keeps it on the hub (`config.json`, `metadata.json`,
    `model.weights.h5`), the checksums of these (`SHA256SUMS`), and a card (`README.md`). What is
    written is loaded, in safe mode, and compared with the model that was given. There are no
    photographs in the folder, and no names of any.

    Args:
        model: Path of the folder of a training run, from whose record the card tells how the
            model was trained; or of a `.keras` file.
        to: `"hf://owner/name"`.
        folder: Folder to write: none, an empty one, or one that was written so before. Its card
            is kept if it has one, so that it can be edited. `None` for `hub/` beside the model's
            file.
        licence: The model's licence as the hub calls it, such as "apache-2.0". `None` leaves it
            out of the card.
        upload: Whether to upload the folder, with all that is in it, as the user whose token
            `huggingface_hub` finds (`hf auth login`, or the environment variable `HF_TOKEN`).
        private: Whether a repository that is new is private.

    Returns:
        A `Publication`.

    Raises:
        ValueError: If `model` is no saved model of colorkit, `to` no such address, `folder`
            holds anything else, or there is no token to upload with.
        ImportError: If `upload` is asked for, and `huggingface_hub` is not installed.
        OSError: If the hub cannot be reached, or refuses the upload.

    Example:
        >>> publication = colorkit.publish_model("runs/first", "hf://ada/portraits")
        >>> publication.files
        ('README.md', 'SHA256SUMS', 'config.json', 'metadata.json', 'model.weights.h5')
    """
    name = _check_address(to)
    token = _find_token() if upload else None
    path = find_saved(model)
    if not path.is_file():
        raise ValueError(
            "Expected the folder of a training run that has ended, or the path of a .keras file. "
            f"Received: {str(model)!r}"
        )
    folder = path.with_name("hub") if folder is None else Path(folder)
    _check_folder(folder)
    loaded = load_model(path)
    card_was_kept = (folder / CARD).is_file()
    card = None if card_was_kept else render_card(loaded, path, address=name, licence=licence)
    with tempfile.TemporaryDirectory() as temporary:
        saved = Path(temporary, "model")
        keras.saving.save_model(loaded, saved, zipped=False)
        _check_saved(saved, loaded)
        _write_files(saved, folder)
    if card is not None:
        write_whole(folder / CARD, card.encode())
    url = _upload(folder, name, token, private) if upload else None
    return Publication(folder, _list_files(folder), card_was_kept, url)


def _check_address(to: str) -> str:
    address = _ADDRESS.fullmatch(to)
    if address is None:
        raise ValueError(f"`to` must be hf://owner/name. Received: {to!r}")
    return address[1]


def _find_token() -> str:
    token = import_hub().get_token()
    if token is None:
        raise ValueError(
            "To upload, the Hugging Face Hub must know you: log in with `hf auth login`, or set "
            "the environment variable HF_TOKEN. Without `upload`, the folder is only written."
        )
    return token


def _check_folder(folder: Path) -> None:
    is_free = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    if not (is_free or (folder / CHECKSUMS).is_file()):
        raise ValueError(
            f"`folder` must be a new folder, or one that was published from before: all in it is "
            f"uploaded. Received: {str(folder)!r}, which holds other files"
        )


def _check_saved(folder: Path, model: keras.Model) -> None:
    """Raises ValueError unless Keras loads the same model, in safe mode."""
    saved = load_model(folder)
    same = all(map(np.array_equal, saved.get_weights(), model.get_weights()))
    if not same or saved.count_params() != model.count_params():
        raise ValueError(f"Keras saves {model.name!r} without all of its weights: not published.")


def _write_files(saved: Path, folder: Path) -> None:
    """Copies the model's files, after their checksums, by which the folder is known."""
    files = sorted(file for file in saved.iterdir() if file.is_file())
    sums = "".join(f"{digest_file(file)}  {file.name}\n" for file in files)
    write_whole(folder / CHECKSUMS, sums.encode())
    for file in files:
        with replace_when_whole(folder / file.name) as temporary:
            shutil.copyfile(file, temporary)


def _list_files(folder: Path) -> tuple[str, ...]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return tuple(sorted(file.relative_to(folder).as_posix() for file in files))


def _upload(folder: Path, name: str, token: str | None, private: bool) -> str:
    hub = import_hub()
    api = hub.HfApi(token=token, library_name="colorkit", library_version=colorkit.__version__)
    try:
        api.create_repo(name, private=private or None, exist_ok=True)
        api.upload_folder(
            repo_id=name,
            folder_path=folder,
            commit_message=f"Publish by colorkit {colorkit.__version__}",
        )
    except Exception as error:  # The hub's client raises kinds of its own.
        raise OSError(
            f"{HUB}{name}: not uploaded, while {folder} is whole: the same command tries again. "
            f"The hub's client says: {' '.join(str(error).split())}"
        ) from error
    return f"{api.endpoint}/{name}"
