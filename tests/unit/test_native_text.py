"""The compiled part: what is UTF-8, and which calls stand as they are written."""

from __future__ import annotations

import itertools
import json
import random

import orjson
import pytest

from fctune.native.library import library, probe

built = pytest.mark.skipif(library() is None, reason="the compiled part was not built: no cargo")

# Of all ranges of bytes that UTF-8 tells apart, the first and the last.
EDGES = bytes.fromhex("00 7f 80 8f 90 9f a0 bf c0 c1 c2 df e0 e1 ec ed ee ef f0 f1 f3 f4 f5 ff")


def is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def told(data: bytes) -> bool:
    answer = probe("text.of", orjson.dumps(list(data)))
    return bool(json.loads(answer)) if answer is not None else False


@built
@pytest.mark.parametrize("before", [0, 61, 62, 63, 64, 125])
def test_bytes_are_a_text_where_python_says_so(before: int) -> None:
    chance = random.Random(before)
    some = list(itertools.product(EDGES, repeat=4))
    pairs = [(*two, 0x41, 0x41) for two in itertools.product(EDGES, repeat=2)]
    for four in chance.sample(some, 4000) + pairs:
        data = b"a" * before + bytes(four) + b"a" * chance.choice((0, 1, 60, 64))
        assert told(data) == is_text(data), data


@built
def test_cut_and_damaged_texts_are_told() -> None:
    chance = random.Random(3)
    for _ in range(4000):
        text = "".join(chance.choices("a é你好퟿\ue000😀", k=chance.randrange(90)))
        data = bytearray(text.encode()[: chance.randrange(1, 300)])
        if data and chance.random() < 0.5:
            data[chance.randrange(len(data))] = chance.randrange(256)
        assert told(bytes(data)) == is_text(bytes(data)), bytes(data)
