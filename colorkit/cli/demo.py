"""`colorkit demo` serves a page in the browser."""

from rich.console import Console

from colorkit.cli.options import add_command, positive
from colorkit.cli.startup import start_keras
from colorkit.demo.limits import Limits

LIMITS = {
    "megabytes": "largest file, in MB",
    "megapixels": "largest photograph, in millions of pixels",
    "files": "most photographs in one batch",
    "waiting": "most jobs that wait for their turn",
}
"""What each limit means."""


def add_parser(commands):
    """Adds `colorkit demo` to the parser's commands."""
    command = add_command(
        commands,
        "demo",
        run,
        "colour photographs on a page in the browser",
        "Serves a page where photographs are dropped, coloured, compared and downloaded.\n"
        "It needs Gradio (pip install gradio) and no network connection.\n"
        "Ctrl-C ends it and deletes what was uploaded.",
        ("", "--model runs/first/model.keras --model small.onnx", "--host 0.0.0.0 --port 8000"),
    )
    command.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen at: this machine only if left out, 0.0.0.0 for the whole network",
    )
    command.add_argument(
        "--port", type=positive, metavar="N", help="port; the first free one from 7860 if left out"
    )
    command.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="PATH",
        help="a .keras, .onnx or .tflite file to choose on the page, besides the network shipped "
        "with colorkit; may be given several times",
    )
    command.add_argument(
        "--share",
        action="store_true",
        help="also make a public address, through a server of Gradio's: whoever knows it can use "
        "the page",
    )
    for name, meaning in LIMITS.items():
        default = getattr(Limits, name)
        command.add_argument(
            f"--max-{name}",
            type=positive,
            default=default,
            metavar="N",
            help=f"{meaning} (default: {default})",
        )


def run(options):
    """Runs `colorkit demo`. Returns its exit code."""
    console = Console()
    limits = Limits(**{name: getattr(options, f"max_{name}") for name in LIMITS})
    with console.status("Loading the network"):
        start_keras(options.verbose)
        from colorkit.demo.launch import launch_demo

        page = launch_demo(
            options.model,
            limits=limits,
            host=options.host,
            port=options.port,
            share=options.share,
        )
    console.print(f"{page.local_url} (Ctrl-C ends it)", highlight=False, soft_wrap=True)
    page.block_thread()
    return 0
