"""Keras weight files in float16."""

import h5py

from colorkit.typing import StrPath


def halve_weights(path: StrPath) -> None:
    """Rewrites a `.weights.h5` file in float16; Keras' `load_weights` reads it.

    Args:
        path: Path of the file.
    """
    with h5py.File(path, "r") as whole:
        contents = {}
        whole.visititems(
            lambda name, item: (
                contents.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
            )
        )
        attributes = {name: dict(whole[name].attrs) for name in _groups(whole)}
    with h5py.File(path, "w") as halved:
        for name, values in contents.items():
            halved.create_dataset(name, data=values.astype("float16"))
        for name, attrs in attributes.items():
            halved.require_group(name).attrs.update(attrs)


def _groups(file: h5py.File) -> list[str]:
    names = ["/"]
    file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Group) else None)
    return names
