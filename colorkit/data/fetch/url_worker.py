"""Runs img2dataset in a process of its own: `python -m colorkit.data.fetch.url_worker OPTIONS`.

img2dataset installs signal handlers, and ends the process on a signal.
"""

import importlib
import json
import sys


def main(options):
    """Runs img2dataset.

    Args:
        options: The arguments of `img2dataset.download`, as JSON, and `allow_private`.
    """
    options = json.loads(options)
    if not options.pop("allow_private"):
        from colorkit.data.fetch.public_downloader import PublicDownloader

        # By its module: the package has a function of this name.
        importlib.import_module("img2dataset.main").Downloader = PublicDownloader
    if options["distributor"] == "pyspark":
        from pyspark.sql import SparkSession

        # img2dataset uses an existing session; its own would run on this machine only.
        SparkSession.builder.appName("colorkit dataset fetch").getOrCreate()
    from img2dataset import download

    download(**options)


if __name__ == "__main__":
    main(*sys.argv[1:])
