"""Errors of the page in words, whatever was sent to it."""

import contextlib
import reprlib
from collections.abc import Iterator
from typing import Any

import gradio as gr

_SECONDS = 30  # how long a browser shows an error
_FAILED = (
    "The page failed ({}). Try again or with another photograph; whoever runs the page finds the "
    "cause in its log."
)


@contextlib.contextmanager
def errors_in_words() -> Iterator[None]:
    """Shows a visitor why the photograph cannot be coloured."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _error(f"The page cannot keep its files: {reason}. Try again later.") from error
    except (ValueError, MemoryError) as error:
        raise _error(str(error)) from error


class WordedBlocks(gr.Blocks):
    """`gr.Blocks` that answers in words where Gradio answers `{"error": null}`."""

    async def preprocess_data(self, block_fn: Any, inputs: Any, *args: Any, **options: Any) -> Any:
        """As in Gradio; values of a wrong kind are a `gr.Error` that says what was expected."""
        try:
            return await super().preprocess_data(block_fn, inputs, *args, **options)
        except gr.Error:
            raise
        except Exception as error:  # Gradio raises many kinds.
            expected = "; ".join(map(_describe, block_fn.inputs))
            raise _error(f"Expected {expected}. Received: {_shorten(inputs)}") from error

    async def process_api(self, *args: Any, **options: Any) -> Any:
        """As in Gradio; an unexpected error is a `gr.Error` too."""
        try:
            return await super().process_api(*args, **options)
        except gr.Error:
            raise
        except Exception as error:
            raise gr.Error(_FAILED.format(type(error).__name__), duration=_SECONDS) from error


def _error(text: str) -> gr.Error:
    return gr.Error(text, duration=_SECONDS, print_exception=False)


def _describe(block: Any) -> str:
    """Says what an input component takes."""
    if isinstance(block, gr.File):
        several = "a list of files" if block.file_count == "multiple" else "a file"
        form = f"{several} uploaded to this page"
    elif isinstance(block, gr.Slider):
        form = f"a number from {block.minimum:g} to {block.maximum:g}"
    elif isinstance(block, (gr.Dropdown, gr.Radio)):
        form = f"one of {', '.join(value for _, value in block.choices)}"
    elif isinstance(block, gr.JSON):
        form = 'a list of {"x": 120, "y": 80, "color": "#c02020"}'
    elif isinstance(block, gr.Checkbox):
        form = "true or false"
    elif isinstance(block, gr.Textbox):
        form = "a text"
    else:
        form = "what the page itself sends"
    return f"{getattr(block, 'label', None) or type(block).__name__}: {form}"


def _shorten(values: object) -> str:
    brief = reprlib.Repr()
    brief.maxstring = brief.maxother = 60
    return brief.repr(values)
