"""A disk that refuses; permissions would not stop tests that root runs."""

import os


def refuse_to_list(monkeypatch, folder):
    """Lets a folder be one that may not be listed."""
    real = os.scandir

    def scandir(path="."):
        if os.fspath(path) == os.fspath(folder):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
