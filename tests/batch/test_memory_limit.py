"""The gate that keeps the pixels between reading and writing few."""

import threading

import pytest

from colorkit.batch.memory_limit import MemoryLimit

PATIENCE = 30  # seconds after which a thread that waits for another has failed
A_MOMENT = 0.05


class Reader(threading.Thread):
    """Goes through a gate in a thread of its own."""

    def __init__(self, gate):
        super().__init__(daemon=True)
        self.gate, self.ticket, self.counted = gate, gate.take_ticket(), None
        self.start()

    def run(self):
        self.counted = self.gate.enter(self.ticket)

    def is_in(self, patience=PATIENCE):
        self.join(patience)
        return self.counted is not None


@pytest.fixture
def gate():
    made = MemoryLimit(100)
    yield made
    made.open()


def test_the_first_photograph_is_read_alone_since_its_size_is_unknown(gate):
    first, second = Reader(gate), Reader(gate)
    assert first.is_in() and not second.is_in(A_MOMENT)
    gate.correct(first.counted, 30)
    assert second.is_in() and second.counted == 30


def test_as_many_go_in_as_there_is_room_for(gate):
    readers = [Reader(gate) for _ in range(5)]
    gate.correct(readers[0].is_in() and readers[0].counted, 40)
    assert readers[1].is_in() and readers[2].is_in()  # 40 + 40 + 40: one photograph above 100
    assert not readers[3].is_in(A_MOMENT)
    gate.correct(readers[1].counted, 10)
    assert readers[3].is_in() and not readers[4].is_in(A_MOMENT)
    gate.correct(40, 0)  # the first is written
    assert readers[4].is_in()


def test_a_photograph_that_cannot_be_read_takes_no_room(gate):
    first, second = Reader(gate), Reader(gate)
    gate.correct(first.is_in() and first.counted, 0)
    assert second.is_in()


def test_nobody_overtakes(gate):
    first = gate.take_ticket()
    second = Reader(gate)
    assert not second.is_in(A_MOMENT), "there is room, but the first comes first"
    gate.correct(gate.enter(first), 30)
    assert second.is_in()


def test_an_open_gate_holds_nobody(gate):
    readers = [Reader(gate) for _ in range(3)]
    gate.open()
    assert all(reader.is_in() for reader in readers)
