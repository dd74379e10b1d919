"""How events of the page run that change what is shown and colour nothing."""

AT_ONCE = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
"""Keywords of such an event: outside of the queue, without a bar, not offered to programs."""
