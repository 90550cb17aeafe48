"""The compiled search for near duplicates: what rows say, briefs and signatures, as Python's."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import orjson
import pytest

from fctune.dataset import near as dataset_near
from fctune.dataset import near_joined, near_scanned
from fctune.dataset.findings import _brief
from fctune.dataset.layout import BRIEF_SIZES, BRIEFS, SIGNATURES
from fctune.dataset.near_briefs import Briefs, Stored, brief
from fctune.dataset.near_signature import NO_SIGNATURE, WIDTH, Said, said, signature
from fctune.native import near
from fctune.native.library import probe
from tests.unit.test_native_rows import SHARED, as_lines, both, built, made, same

__all__ = ["made"]  # the fixture
rensa = pytest.importorskip("rensa", reason="the near extra is not installed")
pytestmark = built


def compared(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, threshold: float = 0.9
) -> int:
    """Compare a dataset of Python with one of the compiled part; return how many rows that took."""
    folder.mkdir()
    briefs = near.briefs
    python, native, ready = both(source, folder, monkeypatch, near_dup=threshold)
    monkeypatch.setattr(near, "briefs", lambda heads: [None] * len(heads))
    (folder / "again").mkdir()
    plain, _, _ = both(source, folder / "again", monkeypatch, near_dup=threshold)
    monkeypatch.setattr(near, "briefs", briefs)
    assert same(python, native)
    assert same(plain, native)
    return ready


LETTERS = [
    *"abcXYZ 1207.,!-_'\"\n\t()",
    *"二十三百年在东京订房éüÉæøñ½²①２Ａ（）。，！『があパж→…—€™😀",
]
PHRASES = ["two ", "Thirty ", "half", "dozen ", "book a table ", "\u200b", "\u00a0", "x" * 40]
IN_DOUBT = ["Straße", "한국", "〇", "ｶ", "e\u0301", "ﬁ"]


def told(texts: list[str], calls: list[tuple[str, dict[str, object]]]) -> Said | None:
    """Return what the library says of a row; None where it is in doubt."""
    found = probe("near.said", orjson.dumps({"texts": texts, "calls": calls}))
    if found is None:
        return None
    facts, words, count, shingles, tokens = json.loads(found)
    if words >= 5 or count:
        assert tokens == [str(one) for one in rensa.RMinHash.hash_token_sets([shingles])[0]]
    else:
        assert tokens == []
    return Said(frozenset(shingles), int(facts), words, count)


def some_text(chance: random.Random, most: int) -> str:
    return "".join(chance.choice(LETTERS + PHRASES) for _ in range(chance.randrange(most)))


def some_value(chance: random.Random, depth: int = 0) -> object:
    kind = chance.randrange(7)
    if kind < 4 or depth == 3:
        return some_text(chance, 30)
    if kind == 4:
        return chance.choice([1, -2, 10**12, 3.5, 1e-7, 1e22, 123456.789, -0.0, True, False, None])
    if kind == 5:
        return [some_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {some_text(chance, 4): some_value(chance, depth + 1) for _ in range(chance.randrange(4))}


def test_rows_say_the_same() -> None:
    chance = random.Random(7)
    sure = 0
    for _ in range(3000):
        texts = [some_text(chance, 40) for _ in range(chance.randrange(4))]
        calls = [
            (some_text(chance, 6), {some_text(chance, 5): some_value(chance) for _ in range(3)})
            for _ in range(chance.randrange(3))
        ]
        found = told(texts, calls)
        if found is not None:
            sure += 1
            assert found == said(texts, calls), (texts, calls)
    assert sure > 2500


def test_every_character_is_in_doubt_or_read_as_python_reads_it() -> None:
    sure = 0
    for code in [*range(0x3200), *range(0x3200, 0x20000, 13), *range(0xFF00, 0xFFF0)]:
        if 0xD800 <= code < 0xE000:
            continue
        text = f"ab{chr(code)}cd {chr(code)} 3{chr(code)}{chr(code)}"
        found = told([text], [])
        sure += found is not None
        assert found in (None, said([text], [])), hex(code)
    assert sure > 2500


@pytest.mark.parametrize("text", IN_DOUBT)
def test_rare_characters_are_in_doubt(text: str) -> None:
    assert told([f"book a table for two {text}"], []) is None


def test_signatures_are_the_same_and_python_takes_over_where_rensa_hashes_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert near_scanned.is_known()
    monkeypatch.setattr(near_scanned, "SEED", near_scanned.SEED + 1)
    assert not near_scanned.is_known.__wrapped__()


def test_signatures_of_many_lines_stand_in_their_order() -> None:
    chance = random.Random(3)
    rows = [[some_text(chance, 30)] for _ in range(60)]
    found = [near.told(texts, []) for texts in rows]
    sure = [(texts, one) for texts, one in zip(rows, found, strict=True) if one is not None]
    columns = [np.concatenate(column) for column in zip(*(one for _, one in sure), strict=True)]
    made_of = near_scanned.said_in(np.concatenate(columns).tobytes(), len(sure))
    assert made_of is not None
    found_in = made_of.cut(0, len(sure))[SIGNATURES]
    wanted = [signature(said(texts, [])) for texts, _ in sure]
    assert [found_in[at : at + WIDTH] for at in range(0, len(found_in), WIDTH)] == wanted
    assert made_of.cut(3, 5)[SIGNATURES] == b"".join(wanted[3:5])
    assert NO_SIGNATURE in wanted and len(set(wanted)) > 30


def test_lines_whose_signatures_are_missing_are_left_to_python() -> None:
    assert near_scanned.said_in(b"", 3) is None


def test_what_is_written_of_some_lines_is_theirs() -> None:
    zeros = np.zeros(3, dtype=np.uint64)
    sizes, briefs = np.array([2, 0, 3], dtype=np.uint64), np.arange(5, dtype=np.uint64)
    part = np.concatenate([zeros, zeros, sizes, briefs]).tobytes()
    made_of = near_scanned.said_in(part, 3)
    assert made_of is not None
    found = made_of.cut(1, 3)
    assert np.frombuffer(found[BRIEF_SIZES], dtype="<u4").tolist() == [0, 24]
    assert found[BRIEFS] == briefs[2:].tobytes()


@pytest.mark.parametrize(("rows", "pairs", "alike"), [(300, 9_000, 14), (1_500, 100_000, 18)])
def test_rows_are_joined_as_python_joins_them(rows: int, pairs: int, alike: int) -> None:
    chance = np.random.default_rng(4)
    said_by = [
        np.concatenate(([at % 2], np.unique(chance.integers(0, alike, 12)) << 50))
        for at in range(rows)
    ]
    left, right = chance.integers(0, rows, (2, pairs)).astype(np.int32)
    told = []
    for joined_as in (near_joined.Joined, near_joined.CompiledJoined):
        with Briefs(rows, lambda asked: [said_by[at] for at in asked]) as briefs:
            joined = joined_as(briefs, 0.8)
            for at in range(0, pairs, 3_000):
                joined.join(left[at : at + 3_000], right[at : at + 3_000])
            told.append(joined.told())
    (compared_here, roots), (compared_there, others) = told
    assert roots.tolist() == others.tolist()
    assert 2 < len(set(roots.tolist())) < rows - 10
    assert compared_here == compared_there > pairs // 100


def test_briefs_that_are_there_are_not_read_again(tmp_path: Path) -> None:
    parts = [np.array([1, 5, 6], dtype=np.int64), np.array([1, 5, 7], dtype=np.int64)]
    (tmp_path / "briefs").write_bytes(b"".join(part.tobytes() for part in parts))
    stored = Stored([tmp_path / "briefs"], np.array([24, 0, 24], dtype=np.uint32))
    asked: list[int] = []

    def read(rows: Sequence[int]) -> list[np.ndarray]:
        asked.extend(rows)
        return [parts[1] for _ in rows]

    with Briefs(3, read, tmp_path, stored) as briefs:
        joined = near_joined.CompiledJoined(briefs, 0.9)
        joined.join(np.array([0, 1], dtype=np.int32), np.array([2, 2], dtype=np.int32))
        assert asked == [1]
        assert joined.told()[0] == 2 and joined.told()[1].tolist() == [0, 1, 1]
        assert briefs.of([0, 1, 2])[0].tolist() == [1, 5, 6]
    stored = Stored([tmp_path / "briefs"], np.array([24, 0, 8], dtype=np.uint32))
    with pytest.raises(OSError, match="another size"):
        Briefs(3, read, tmp_path, stored)


def test_pairs_are_promising_as_python_estimates_them(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(1)
    signatures = chance.integers(0, 2**32, (500, 16), dtype=np.uint32)
    signatures[:, 8:] &= np.uint32(0x11111111) * chance.integers(0, 2, (500, 8), dtype=np.uint32)
    pairs = chance.integers(0, 500, (2, 4000)).astype(np.int32)
    for least in (-1.0, 0.0, 0.3, 0.82, 1.0, 1.1):
        found = dataset_near._promising(signatures, *pairs, least)
        with monkeypatch.context() as patched:
            patched.setattr(dataset_near, "promising", lambda *_: None)
            wanted = dataset_near._promising(signatures, *pairs, least)
        assert found.tolist() == wanted.tolist()
        assert least == 1.1 or found.any()


def head(*turns: tuple[str, str]) -> bytes:
    conversation = [{"from": role, "value": text} for role, text in turns]
    return orjson.dumps({"conversations": conversation, "system": "Be brief."})[:-1]


def test_briefs_are_those_of_python() -> None:
    chance = random.Random(5)
    call = '{"name": "book", "arguments": {"n": 2, "to": "the old mill by the river at 7"}}'
    heads = [
        head(
            ("human", some_text(chance, 60) + "!"), ("function_call", call),
            ("observation", "{}"), ("gpt", "Done."), ("human", "Thanks"), ("gpt", "Yes.")
        )
        for _ in range(200)
    ]  # fmt: skip
    found = near.briefs(heads)
    sure = [(one, row) for one, row in zip(heads, found, strict=True) if row is not None]
    assert len(sure) > 150
    for one, row in sure:
        assert row.tolist() == _brief([one]).tolist()


def test_briefs_of_rows_in_doubt_are_left_to_python() -> None:
    two = '[{"name": "a", "arguments": {}}, {"name": "b", "arguments": {}}]'
    plain = head(("human", "Hello there"), ("gpt", "Hi."))
    rows = [
        plain,
        head(("human", "Go"), ("function_call", two)),
        head(("human", "<tool>x</tool>"), ("gpt", "Hi.")),
        b"no row",
        plain,
    ]
    found = near.briefs(rows)
    assert [row is None for row in found] == [False, True, True, True, False]
    assert near.briefs([]) == []
    assert brief(said(["Hello there"], [])).tolist() == [*found[4]]


def test_a_dataset_and_its_near_duplicates_are_the_same(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = tmp_path / "few.jsonl"
    lines = made.read_bytes().splitlines(keepends=True)
    few.write_bytes(b"".join([*lines, *lines[:300]]))
    assert compared(few, tmp_path / "built", monkeypatch) > 2500


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared samples are not there")
@pytest.mark.parametrize("name", ["sharegpt_glaive_lf", "toolalpaca", "seal_tools"])
def test_samples_are_the_same(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = sorted((SHARED / name).glob("*.json*"))
    assert sources
    for source in sources:
        lines = as_lines(source, tmp_path / f"{source.stem}.jsonl")
        ready = compared(lines, tmp_path / source.stem, monkeypatch, 0.8)
        assert (ready > 280) == (name == "sharegpt_glaive_lf")


def test_briefs_may_go_either_way_within_one_build(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = tmp_path / "few.jsonl"
    lines = made.read_bytes().splitlines(keepends=True)[:400]
    few.write_bytes(b"".join(line for line in lines for _ in range(2)))
    briefs = near.briefs
    folders = tmp_path / "a", tmp_path / "b"
    for folder in folders:
        folder.mkdir()
    _, native, _ = both(few, folders[0], monkeypatch, near_dup=0.8)
    monkeypatch.setattr(
        near,
        "briefs",
        lambda heads: [one if at % 2 else None for at, one in enumerate(briefs(heads))],
    )
    _, mixed, _ = both(few, folders[1], monkeypatch, near_dup=0.8)
    assert same(native, mixed)
