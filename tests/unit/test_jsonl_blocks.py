"""Blocks of whole lines: the same lines as one by one, wherever blocks and files end."""

from __future__ import annotations

import io
import random

import pytest

from fctune.jsonl import blocks, lines_of, numbered

SIGNS = [b"\n", b"\r\n", b"\r", b"{}", b"\xef\xbb\xbf", b"\x0b", b"\xe2\x80\xa8", b" ", b"x" * 9]


@pytest.mark.parametrize("seed", range(40))
def test_blocks_hold_the_lines_that_are_numbered(seed: int) -> None:
    chance = random.Random(seed)
    data = b"".join(chance.choices(SIGNS, k=chance.randrange(30)))
    for first in (1, 7):
        whole = [line for _, line in numbered(io.BytesIO(data))]
        # Within a file the mark is part of the text.
        wanted = whole if first == 1 else io.BytesIO(data).readlines()
        for size in (1, 3, 8, 1000):
            found = [*blocks(io.BytesIO(data), size, first=first)]
            lines = [line for block in found for some in lines_of(block, 0, 2) for line in some]
            # A file of nothing but the mark has one blank line, of which no row is made.
            assert lines == [line for line in wanted if line]
            assert all(block.endswith(b"\n") for block in found[:-1])


def test_a_part_of_a_file_ends_with_the_line_that_begins_in_it() -> None:
    data = b"one\ntwo\nthree\nfour\n"
    for length, wanted in ((1, b"one\n"), (4, b"one\n"), (5, b"one\ntwo\n"), (99, data)):
        for size in (1, 5, 99):
            assert b"".join(blocks(io.BytesIO(data), size, length=length)) == wanted


def test_some_lines_at_once_from_a_place_on() -> None:
    assert [*lines_of(b"a\nb\nc\nd", 2, 2)] == [[b"b\n", b"c\n"], [b"d"]]
