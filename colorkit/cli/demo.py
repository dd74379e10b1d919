"""`colorkit demo` serves a page in the browser."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rich.console import Console

from colorkit.cli.options import Commands, add_command, positive
from colorkit.cli.startup import start_keras
from colorkit.demo.limits import Limits
from colorkit.demo.users import read_users

if TYPE_CHECKING:
    import argparse

AUTH_VARIABLE = "COLORKIT_AUTH"
"""Environment variable that may hold what `--auth` takes."""

LIMITS = {
    "megabytes": "largest file, in MB",
    "request_megabytes": "largest upload of several files at once, in MB",
    "disk_megabytes": "all uploads and results that are kept, in MB; the oldest go first",
    "seconds": "longest time to decode a photograph, in seconds",
    "megapixels": "largest photograph, in millions of pixels",
    "files": "most photographs in one batch",
    "waiting": "most jobs that wait for their turn",
}
"""What each limit means."""


def add_parser(commands: Commands) -> None:
    """Adds `colorkit demo` to the parser's commands."""
    command = add_command(
        commands,
        "demo",
        run,
        "colour photographs on a page in the browser",
        "Serves a page where photographs are dropped, coloured, compared and downloaded.\n"
        "It needs Gradio (pip install gradio) and no network connection.\n"
        "Ctrl-C ends it and deletes what was uploaded.",
        (
            "",
            "--model runs/first/model.keras",
            "--host 0.0.0.0 --auth @users.txt",
        ),
    )
    command.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen at: this machine only if left out, 0.0.0.0 for the whole network, "
        "which needs --auth or --open",
    )
    command.add_argument(
        "--port", type=positive, metavar="N", help="port; the first free one from 7860 if left out"
    )
    command.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="PATH",
        help="a .keras, .onnx or .tflite file, the folder of a run, or hf://OWNER/NAME, to choose "
        "on the page besides the model shipped with colorkit; may be given several times",
    )
    command.add_argument(
        "--share",
        action="store_true",
        help="also make a public address, through a server of Gradio's: whoever knows it can use "
        "the page",
    )
    command.add_argument(
        "--auth",
        metavar="USERS",
        help="ask visitors for a password: @FILE with a line USER:PASSWORD for each, or one such "
        f"pair, which others on this machine may see; or set {AUTH_VARIABLE} to either",
    )
    command.add_argument(
        "--open",
        action="store_true",
        help="let everyone in who reaches this machine, without a password",
    )
    command.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another name by which the page is reached, as behind a proxy; *.example.org for all "
        "below it; may be given several times",
    )
    command.add_argument(
        "--root-path",
        metavar="PATH",
        help="whole address of the page at a proxy, or its path there with --allow-host",
    )
    limits = command.add_argument_group("limits")
    for name, meaning in LIMITS.items():
        default = getattr(Limits, name)
        limits.add_argument(
            f"--max-{name.replace('_', '-')}",
            type=positive,
            default=default,
            metavar="N",
            help=f"{meaning} (default: {default})",
        )


def run(options: argparse.Namespace) -> int:
    """Runs `colorkit demo`. Returns its exit code."""
    console = Console()
    users = options.auth or os.environ.get(AUTH_VARIABLE)
    limits = Limits(**{name: getattr(options, f"max_{name}") for name in LIMITS})
    with console.status("Loading the model"):
        start_keras(options.verbose)
        from colorkit.demo.launch import launch_demo

        page = launch_demo(
            options.model,
            limits=limits,
            host=options.host,
            port=options.port,
            share=options.share,
            users=read_users(users) if users else None,
            is_open=options.open,
            allowed_hosts=options.allow_host,
            root_path=options.root_path,
        )
    console.print(f"{page.local_url} (Ctrl-C ends it)", highlight=False, soft_wrap=True)
    page.block_thread()
    return 0
