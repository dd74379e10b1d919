"""Tells whether the visitor whose job runs is still there."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from gradio.context import LocalContext

SECONDS_TO_LISTEN = 20
"""Seconds after which a job is stopped, or not begun, if no browser reads its messages."""


def visitor_left() -> bool:
    """Tells whether the visitor whose job runs in this thread has left.

    Gradio knows of those who closed the page, but not of those who sent a job and never asked for
    its messages.
    """
    queue = LocalContext.blocks.get()._queue
    event = queue.event_ids_to_events.get(LocalContext.event_id.get())
    if event is None:
        return False
    is_late = time.monotonic() - event.enqueue_time > SECONDS_TO_LISTEN
    messages = queue.pending_messages_per_session.get(event.session_hash)
    return not event.alive or (is_late and messages is not None and _is_unread(messages))


def _is_unread(messages: asyncio.Queue[Any]) -> bool:
    """Tells whether none of the messages to a visitor has been read.

    Their number alone does not show it: some may be about to be read.
    """
    put = messages._unfinished_tasks  # type: ignore[attr-defined]  # Gradio finishes none.
    return 0 < messages.qsize() == put
