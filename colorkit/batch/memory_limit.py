"""Holds readers back while too many pixels are between reading and writing."""

import threading


class MemoryLimit:
    """Lets readers through one after the other, in the order in which they got their tickets.

    Who got a ticket later cannot take the room of who got one earlier, so that whatever is awaited
    first is read first. A photograph's size is known when it is read: until then it counts as the
    largest one so far.

    Args:
        limit: Number of pixels. While there are as many or more, no reader goes through; there are
            fewer than that and one photograph more.
    """

    def __init__(self, limit):
        self._limit = limit
        self._pixels = 0
        self._largest = None
        self._tickets = 0
        self._next = 0
        self._is_open = False
        self._changed = threading.Condition()

    def take_ticket(self):
        """Returns a ticket; whoever has one must go through by `enter`."""
        self._tickets += 1
        return self._tickets - 1

    def enter(self, ticket):
        """Waits for the ticket's turn and for room. Returns the pixels that are counted for it."""

        def may_enter():
            return self._is_open or (self._next == ticket and self._pixels < self._limit)

        with self._changed:
            self._changed.wait_for(may_enter)
            self._next += 1
            counted = self._largest or self._limit
            self._pixels += counted
            self._changed.notify_all()
            return counted

    def correct(self, counted, pixels):
        """Counts a photograph as what it has, `pixels`, in the place of what was `counted`."""
        with self._changed:
            self._largest = max(self._largest or 0, pixels)
            self._pixels += pixels - counted
            self._changed.notify_all()

    def open(self):
        """Lets everybody through from now on."""
        with self._changed:
            self._is_open = True
            self._changed.notify_all()
