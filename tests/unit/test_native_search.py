"""The compiled search for a text within another, against `str.find`."""

from __future__ import annotations

import json
import random
import time

import orjson
import pytest

from fctune.native.library import library, probe

pytestmark = pytest.mark.skipif(library() is None, reason="the native library was not built")


def places(text: str, wanted: str) -> list[int]:
    found = probe("ground.text_in", orjson.dumps([text, wanted]))
    assert found is not None
    return list(json.loads(found))


def places_by_python(text: bytes, wanted: bytes) -> list[int]:
    found = []
    at = text.find(wanted)
    while at >= 0:
        found.append(at)
        at = text.find(wanted, at + 1)
    return found


@pytest.mark.parametrize("signs", ["ab", "ab ", "abe 天é", "ehorst, zq19"])
def test_texts_are_found_where_python_finds_them(signs: str) -> None:
    chance = random.Random(3)
    for _ in range(800):
        text = "".join(chance.choices(signs, k=chance.randrange(150)))
        wanted = "".join(chance.choices(signs, k=chance.randrange(1, 7)))
        if text and chance.random() < 0.5:
            at = chance.randrange(len(text))
            wanted = text[at : at + chance.randrange(1, 50)]
        assert places(text, wanted) == places_by_python(text.encode(), wanted.encode())


def test_a_hostile_text_costs_no_more_than_its_size() -> None:
    for size in (2_000, 200_000):
        text, wanted = "ab" * size, "ab" * (size // 4) + "bb" + "ab" * (size // 4)
        begun = time.process_time()
        assert places(text, wanted) == []
        assert time.process_time() - begun < 1
