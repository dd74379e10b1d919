"""Cells that spreadsheets would run are written as text, and read back as they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colorkit.io.csv_cells import neutral_cell, restore_cell


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_formulas_are_text(start):
    assert neutral_cell(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


@pytest.mark.parametrize("value", ["-0.5", "+1e-3", "cat.jpg", "'s-Hertogenbosch", "", 7, -7, None])
def test_others_stay(value):
    assert neutral_cell(value) == value


@given(st.text(st.sampled_from("'=+-@\ta1.")))
def test_all_text_comes_back(text):
    assert restore_cell(neutral_cell(text)) == text
