"""`colorkit web` writes a site that colours photographs in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from colorkit.cli.options import Commands, add_command

if TYPE_CHECKING:
    import argparse


def add_parser(commands: Commands) -> None:
    """Adds `colorkit web` to the parser's commands."""
    command = add_command(
        commands,
        "web",
        run,
        "write a site that colours photographs in the visitor's own browser",
        "Writes a folder of static files that any host serves: a page, ONNX Runtime for browsers\n"
        "and the model. Photographs stay in the browser; once loaded, the page works offline.\n"
        "It needs ONNX Runtime (pip install onnxruntime), and npm to fetch the one for browsers.",
        (
            "-o site/",
            "-o site/ --model runs/first/model.onnx",
            "-o site/ --model base.onnx --hints hints.onnx",
            "-o site/ --onnxruntime-web onnxruntime-web-1.30.0.tgz",
        ),
    )
    command.add_argument(
        "-o",
        "--out",
        required=True,
        metavar="FOLDER",
        help="folder to write; a site that is there already is written anew",
    )
    command.add_argument(
        "--model",
        default="colorkit_base",
        metavar="PATH",
        help="a .onnx file of `colorkit export`; the model shipped with colorkit if left out",
    )
    command.add_argument(
        "--hints",
        metavar="PATH",
        help="a .onnx file of a model that takes hints, for clicks on a photograph that give it "
        "colours: browsers load it with the first. The model shipped with colorkit if left out; "
        "none with --model",
    )
    command.add_argument(
        "--onnxruntime-web",
        metavar="PATH",
        help="the npm package onnxruntime-web, as .tgz or unpacked folder; fetched by npm if left "
        "out",
    )


def run(options: argparse.Namespace) -> int:
    """Runs `colorkit web`. Returns its exit code."""
    console = Console()
    with console.status("Writing the site"):
        from colorkit.web.site import write_site

        site = write_site(options.out, options.model, options.onnxruntime_web, options.hints)
    hinted = () if site.first_hint is None else (f"first hint: {site.first_hint:.1f} MB more",)
    lines = (
        f"{site.folder}: {site.megabytes:.1f} MB",
        f"first load: {site.first_load['wasm']:.1f} MB, or {site.first_load['webgpu']:.1f} MB "
        "where there is WebGPU",
        *hinted,
        f"Try it: python -m http.server --directory {site.folder}",
    )
    console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
    return 0
