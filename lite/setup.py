"""Builds colorkit-lite of the same sources as colorkit-keras: it colours by ONNX Runtime alone.

All else is as setup.cfg of the folder above says. Build it from a clone: `pip install ./lite`.
"""

import configparser
import os
import re
import shutil
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

NEEDED = (
    "filelock",
    "lazy-loader",
    "numpy",
    "onnxruntime",
    "opencv-python-headless",
    "Pillow",
    "psutil",
    "rich",
    "tifffile",
)
"""What colouring photographs by ONNX Runtime needs; their versions are those of setup.cfg."""

EXTRAS = ("dpx", "heic", "video")
"""Extras that need nothing else."""


def read_version():
    text = (ROOT / "colorkit" / "__init__.py").read_text(encoding="utf-8")
    return re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)[1]


def lines(text):
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def from_above(place):
    return Path(os.path.relpath(ROOT / place, HERE)).as_posix()


config = configparser.ConfigParser()
config.read(ROOT / "setup.cfg", encoding="utf-8")
metadata, options = config["metadata"], config["options"]
extras = config["options.extras_require"]
known = {line.split(">=")[0]: line for line in lines(options["install_requires"] + extras["onnx"])}
for name in lines(metadata["license_files"]):
    shutil.copyfile(ROOT / name, HERE / name)  # they must lie below this file

os.chdir(HERE)
setup(
    name="colorkit-lite",
    version=read_version(),
    description="Colours black-and-white photographs by ONNX Runtime, without TensorFlow",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author=metadata["author"],
    license=metadata["license"],
    license_files=lines(metadata["license_files"]),
    keywords=metadata["keywords"],
    classifiers=lines(metadata["classifiers"]),
    python_requires=options["python_requires"],
    packages=options["packages"].split(),
    package_dir={"colorkit": from_above("colorkit"), "colorkit.weights": from_above("models")},
    package_data={
        name: [pattern.strip() for pattern in patterns.split(",") if ".h5" not in pattern]
        for name, patterns in config["options.package_data"].items()
    },
    install_requires=[known[name] for name in NEEDED],
    extras_require={name: lines(extras[name]) for name in EXTRAS},
    entry_points={"console_scripts": lines(config["options.entry_points"]["console_scripts"])},
)
