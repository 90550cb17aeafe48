"""Rows put together by the compiled part: the same bytes as Python joins, or none."""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np
import pytest

from fctune.native import library as native
from fctune.native.gather import PIECE, Gatherer

pytestmark = pytest.mark.skipif(native.library() is None, reason="the library was not built")


def _pieces(places: list[tuple[int, int, int, int, int]]) -> np.ndarray:
    found = np.empty(len(places), dtype=PIECE)
    for name, column in zip(PIECE.names or (), zip(*places, strict=True), strict=True):
        found[name] = column
    return found


@pytest.mark.parametrize("seed", range(6))
def test_rows_are_heads_and_endings_in_the_order_asked_for(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    texts = [chance.randbytes(400_000), chance.randbytes(30_000)]
    opened = []
    for number, text in enumerate(texts):
        (tmp_path / str(number)).write_bytes(text)
        opened.append(os.open(tmp_path / str(number), os.O_RDONLY))
    endings = bytearray(chance.randbytes(5_000))
    places, wanted, at = [], [], 0
    for _ in range(200):
        which = chance.choice([0, 0, 0, 1])
        size = chance.choice([0, 1, 700, 2_000, 9_000])
        near = at + chance.choice([0, 0, 0, 5, 9_000])  # behind the one before, as a rule
        begin = near if chance.random() < 0.8 else chance.randrange(len(texts[which]))
        begin = min(begin, len(texts[which]) - size)
        at = begin + size
        ending, length = chance.randrange(4_000), chance.randrange(1_000)
        places.append((begin, opened[which], size, ending, length))
        wanted.append(texts[which][begin : begin + size] + endings[ending : ending + length])
    whole = b"".join(wanted)
    gatherer = Gatherer(1_000)  # longer rows than were waited for
    assert bytes(gatherer.rows(_pieces(places), len(whole), endings) or b"") == whole
    few = b"".join(wanted[:1])
    assert bytes(gatherer.rows(_pieces(places[:1]), len(few), endings) or b"") == few
    for number in opened:
        os.close(number)


def test_what_cannot_be_read_is_not_made_up(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"abc")
    number = os.open(tmp_path / "short", os.O_RDONLY)
    gatherer, endings = Gatherer(100), bytearray(b"}\n")
    whole = gatherer.rows(_pieces([(0, number, 3, 0, 2)]), 5, endings)
    assert bytes(whole or b"") == b"abc}\n"
    for wrong in ((0, number, 4, 0, 2), (2, number, 2, 0, 2), (0, number, 3, 1, 2)):
        total = wrong[2] + wrong[4]
        assert gatherer.rows(_pieces([wrong]), total, endings) is None
        both = [(0, number, 1, 0, 2), wrong]
        assert gatherer.rows(_pieces(both), total + 3, endings) is None
    os.close(number)
    assert gatherer.rows(_pieces([(0, number, 3, 0, 2)]), 5, endings) is None
