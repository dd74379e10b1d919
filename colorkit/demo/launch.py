"""A page in the browser that colours photographs, made with Gradio."""

import os

from colorkit.demo.limits import Limits
from colorkit.demo.model_pool import ModelPool
from colorkit.demo.work_folder import gradio_folder, samples_folder
from colorkit.io.sample_photos import write_gray_samples

_LARGEST_PORT = 65535


def build_demo(models=(), *, limits=None):
    """Builds the page: a photograph under a before/after slider, and many into a zip.

    Args:
        models: Paths of further networks that visitors may choose, besides the default one:
            `.keras`, `.onnx` or `.tflite` files, as `Colorizer` takes them.
        limits: `colorkit.demo.limits.Limits`; `None` for its defaults.

    Returns:
        `gradio.Blocks`, whose `launch` serves it; `launch_demo` adds its theme and limits.

    Raises:
        ImportError: If Gradio is not installed.
        ValueError: If a path is no network.
    """
    for name in ("GRADIO_ANALYTICS_ENABLED", "GRADIO_RUN_HISTORY"):
        os.environ.setdefault(name, "False")  # Gradio sends no requests to its servers.
    gradio_folder()
    build_page = _import_page().build_page
    limits = Limits() if limits is None else limits
    return build_page(ModelPool(models), limits, write_gray_samples(samples_folder()))


def launch_demo(models=(), *, limits=None, host="127.0.0.1", port=None, share=False):
    """Serves the page until the process ends or the result's `close()` is called.

    In a notebook, also on Colab, the page shows below the cell.

    Args:
        models, limits: As for `build_demo`.
        host: Address to listen on. The default can be reached from this machine only;
            `"0.0.0.0"` from the whole network.
        port: Int; `None` for the first free one from 7860 on.
        share: Bool, whether to make a public address that leads here, through a server of
            Gradio's, for 72 hours at most. Whoever knows it can use the page.

    Returns:
        `gradio.Blocks`. Its `local_url` is where the page is, its `share_url` the public address.

    Raises:
        ImportError: If Gradio is not installed.
        OSError: If no such port is free.
        ValueError: If a path is no network, or `port` no port.

    Example:
        >>> page = colorkit.launch_demo()
        >>> page.close()
    """
    if port is not None and not 1 <= port <= _LARGEST_PORT:
        raise ValueError(
            f"`port` must be None or from 1 to {_LARGEST_PORT}. Received: port={port!r}"
        )
    limits = Limits() if limits is None else limits
    page = build_demo(models, limits=limits)
    page.launch(
        server_name=host,
        server_port=port,
        share=share,
        theme=_import_page().THEME,
        max_file_size=limits.bytes,
        prevent_thread_lock=True,
        enable_monitoring=False,
        footer_links=["api"],
        quiet=True,
    )
    return page


def _import_page():
    try:
        import gradio  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "The page is made with Gradio; install it with pip install gradio."
        ) from error
    from colorkit.demo import page

    return page
