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
            found = [bytes(one) for one in blocks(io.BytesIO(data), size, first=first)]
            lines = [line for block in found for some in lines_of(block, 0, 2) for line in some]
            # A file of nothing but the mark has one blank line, of which no row is made.
            assert lines == [line for line in wanted if line]
            assert all(block.endswith(b"\n") for block in found[:-1])


def test_a_part_of_a_file_ends_with_the_line_that_begins_in_it() -> None:
    data = b"one\ntwo\nthree\nfour\n"
    for length, wanted in ((1, b"one\n"), (4, b"one\n"), (5, b"one\ntwo\n"), (99, data)):
        for size in (1, 5, 99):
            assert b"".join(map(bytes, blocks(io.BytesIO(data), size, length=length))) == wanted


def test_some_lines_at_once_from_a_place_on() -> None:
    assert [*lines_of(b"a\nb\nc\nd", 2, 2)] == [[b"b\n", b"c\n"], [b"d"]]


def test_blocks_follow_one_another_in_the_same_memory() -> None:
    places = {id(block.obj) for block in blocks(io.BytesIO(b"0123456\n" * 100), 100)}
    assert len(places) == 1


class Slow(io.RawIOBase):
    """A stream that gives a few bytes at a time, as a pipe or a packed file does."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        return self._data.readinto(memoryview(buffer)[:3])


def test_what_comes_in_small_pieces_is_read_to_its_end() -> None:
    data = b"one\ntwo\nthree and more\nfour"
    for size in (1, 5, 99):
        for length in (None, len(data)):
            found = map(bytes, blocks(io.BufferedReader(Slow(data), 2), size, length=length))
            assert b"".join(found) == data
            found = map(bytes, blocks(Slow(data), size, length=length))  # type: ignore[arg-type]
            assert b"".join(found) == data
