"""Limits the pixels between reading and writing by blocking readers."""

import threading


class MemoryLimit:
    """Admits readers one at a time, in the order of their tickets.

    Admission is first come, first served, so that the photographs awaited first are read first. A
    photograph's size is known only after reading: until then it counts as the largest one so far.

    Args:
        limit: Number of pixels. While it is reached, no reader is admitted; so the total exceeds it
            by at most one photograph.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pixels = 0
        self._largest: int | None = None
        self._tickets = 0
        self._next = 0
        self._is_open = False
        self._changed = threading.Condition()

    def take_ticket(self) -> int:
        """Returns a ticket, with which `enter` must be called."""
        self._tickets += 1
        return self._tickets - 1

    def enter(self, ticket: int) -> int:
        """Waits for the ticket's turn and for room. Returns the pixels counted for it."""

        def may_enter() -> bool:
            return self._is_open or (self._next == ticket and self._pixels < self._limit)

        with self._changed:
            self._changed.wait_for(may_enter)
            self._next += 1
            counted = self._largest or self._limit
            self._pixels += counted
            self._changed.notify_all()
            return counted

    def correct(self, counted: int, pixels: int) -> None:
        """Replaces a photograph's `counted` pixels by the actual `pixels`."""
        with self._changed:
            self._largest = max(self._largest or 0, pixels)
            self._pixels += pixels - counted
            self._changed.notify_all()

    def open(self) -> None:
        """Lifts the limit."""
        with self._changed:
            self._is_open = True
            self._changed.notify_all()
