"""Runs img2dataset in a process of its own: `python -m colorkit.data.fetch.url_worker OPTIONS`.

img2dataset installs signal handlers, and ends the process on a signal.
"""

import importlib
import json
import os
import signal
import sys
import threading
from typing import Any


def main(options: str) -> None:
    """Runs img2dataset.

    Args:
        options: The arguments of `img2dataset.download`, as JSON, and `allow_private`.
    """
    arguments = json.loads(options)
    if not arguments.pop("allow_private"):
        from colorkit.data.fetch.public_downloader import PublicDownloader

        # By its module: the package has a function of this name.
        module: Any = importlib.import_module("img2dataset.main")
        module.Downloader = PublicDownloader
    if arguments["distributor"] == "pyspark":
        from pyspark.sql import SparkSession

        # img2dataset uses an existing session; its own would run on this machine only.
        SparkSession.builder.appName("colorkit dataset fetch").getOrCreate()
    from img2dataset import download

    download(**arguments)


def end_with_parent() -> None:
    """Ends this process and all that it started, at once, where the one that started it is gone."""

    def wait() -> None:
        os.read(0, 1)  # nothing, but at the other one's end
        if hasattr(os, "killpg"):
            os.killpg(os.getpgrp(), signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=wait, name="colorkit-parent", daemon=True).start()


if __name__ == "__main__":
    end_with_parent()
    main(*sys.argv[1:])
