"""A page in the browser that colours photographs, made with Gradio."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from colorkit.demo.address import check_address, describe_failure, is_loopback
from colorkit.demo.decoder import UploadDecoder
from colorkit.demo.limits import Limits
from colorkit.demo.model_pool import ModelPool
from colorkit.demo.work_folder import samples_folder, work_folder
from colorkit.io.sample_photos import write_gray_samples
from colorkit.typing import StrPath

if TYPE_CHECKING:
    import gradio as gr
    from starlette.middleware import Middleware

_SESSIONS = 2000  # whose state Gradio keeps, the last ones, at about 70 kB each
_COLAB_HOSTS = ("*.googleusercontent.com", "*.colab.dev")  # which lead to a notebook's ports


def build_demo(models: Iterable[StrPath] = (), *, limits: Limits | None = None) -> gr.Blocks:
    """Builds the page: a photograph under a before/after slider, and many into a zip.

    Args:
        models: Paths of further models that visitors may choose, besides the default one:
            `.keras`, `.onnx` or `.tflite` files, as `Colorizer` takes them.
        limits: `colorkit.demo.limits.Limits`; `None` for its defaults.

    Returns:
        `gradio.Blocks`, whose `launch` serves it. `launch_demo` adds its theme, the limits of
        uploads, and the refusal of requests that other pages send.

    Raises:
        ImportError: If Gradio is not installed.
        ValueError: If a path is no model.
    """
    for name in ("GRADIO_ANALYTICS_ENABLED", "GRADIO_RUN_HISTORY"):
        os.environ.setdefault(name, "False")  # Gradio sends no requests to its servers.
    folder = work_folder()
    build_page = _import_page().build_page
    limits = Limits() if limits is None else limits
    samples = write_gray_samples(samples_folder())
    page = build_page(ModelPool(models), UploadDecoder(limits), limits, samples)
    folder.max_bytes = limits.disk_bytes
    folder.keep_present_files()
    return page


def launch_demo(
    models: Iterable[StrPath] = (),
    *,
    limits: Limits | None = None,
    host: str = "127.0.0.1",
    port: int | None = None,
    share: bool = False,
    users: Sequence[tuple[str, str]] | None = None,
    is_open: bool = False,
    allowed_hosts: Iterable[str] = (),
    root_path: str | None = None,
) -> gr.Blocks:
    """Serves the page until the process ends or the result's `close()` is called.

    In a notebook, also on Colab, the page shows below the cell.

    Args:
        models: As for `build_demo`.
        limits: As for `build_demo`.
        host: Address to listen on. The default can be reached from this machine only;
            `"0.0.0.0"` from the whole network, for which `users` or `is_open` is needed.
        port: Int; `None` for the first free one from 7860 on.
        share: Bool, whether to make a public address that leads here, through a server of
            Gradio's, for 72 hours at most. Whoever knows it can use the page.
        users: List of pairs of user and password, one of which a visitor must give; `None` for
            no passwords.
        is_open: Bool, whether everyone who reaches this machine may use the page.
        allowed_hosts: Names by which the page may be reached, and pages that may send requests to
            it, besides this machine's own; `"*.example.org"` allows all below `example.org`.
        root_path: Whole address of the page at a proxy, such as `"https://example.org/colorkit"`,
            or only the path, where `allowed_hosts` has the name.

    Returns:
        `gradio.Blocks`. Its `local_url` is where the page is, its `share_url` the public address.

    Raises:
        ImportError: If Gradio is not installed.
        OSError: If no such port is free.
        ValueError: If a path is no model, `port` no port, `host` not of this machine, or it is
            reached from elsewhere and there are neither `users` nor `is_open`.

    Example:
        >>> page = colorkit.launch_demo()
        >>> page.close()
    """
    check_address(host, port)
    if not (users or is_loopback(host)):
        _check_is_open(host, is_open)
    limits = Limits() if limits is None else limits
    page = build_demo(models, limits=limits)
    proxy = urlsplit(root_path or "").hostname
    if root_path and not (proxy or allowed_hosts):
        warnings.warn(
            "The page answers to this machine's own names alone, since "
            f"root_path={root_path!r} has none. Where a proxy serves it under another, give the "
            "whole address, or the name too (`allowed_hosts`, --allow-host).",
            stacklevel=2,
        )
    allowed_hosts = [*allowed_hosts, *filter(None, [proxy])]
    try:
        page.launch(
            server_name=host,
            server_port=port,
            share=share,
            auth=users,
            root_path=root_path,
            theme=_import_page().THEME,
            max_file_size=limits.bytes,
            prevent_thread_lock=True,
            enable_monitoring=False,
            footer_links=["api"],
            quiet=True,
            state_session_capacity=_SESSIONS,
            app_kwargs={"middleware": [_guard(allowed_hosts, host, limits)]},
        )
    except OSError as error:
        raise OSError(describe_failure(port, error)) from error
    if page.share_url:
        allowed_hosts.append(urlsplit(page.share_url).hostname)
    if page.is_colab:
        allowed_hosts.extend(_COLAB_HOSTS)
    return page


def _check_is_open(host: str, is_open: bool) -> None:
    """Refuses what everyone could use unless that is wanted, and then says so."""
    if not is_open:
        raise ValueError(
            f"Everyone who reaches this machine could use a page at host={host!r}. Expected users "
            "with passwords (`users`, --auth), or `is_open` (--open) where that is wanted."
        )
    warnings.warn(f"Everyone who reaches this machine at {host} can use the page.", stacklevel=3)


def _guard(allowed_hosts: list[str], host: str, limits: Limits) -> Middleware:
    from starlette.middleware import Middleware

    from colorkit.demo.request_guard import RequestGuard, is_own_host

    if not is_own_host(host):  # a name that only this network knows
        allowed_hosts.append(host)
    return Middleware(
        RequestGuard, allowed_hosts=allowed_hosts, limits=limits, folder=work_folder()
    )


def _import_page() -> ModuleType:
    try:
        import gradio  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "The page is made with Gradio; install it with pip install gradio."
        ) from error
    from colorkit.demo import page

    return page
