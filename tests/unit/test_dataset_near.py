"""Near duplicates: what a row says, its signature, and the clusters, against a plain search."""

from __future__ import annotations

import builtins
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations, pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fctune.dataset import near_signature
from fctune.dataset.near import Clusters, account_of, clusters, surplus
from fctune.dataset.near_briefs import Briefs, jaccard, similarities
from fctune.dataset.near_signature import (
    BANDS,
    NO_SIGNATURE,
    NUMBERS,
    WIDTH,
    Said,
    estimates,
    said,
    signature,
    words_of,
)
from fctune.errors import EnvironmentFault
from tests.unit.made_columns import Row, every, made

LONG = (
    "Good morning, I am travelling with my family to the sea this summer and we would like to stay "
    "close to the beach in a quiet hotel with a pool, breakfast and a view, for 3 nights in July, "
    "and please tell me as well whether dogs are welcome there and what the parking costs per day"
)
LONG_ZH = (
    "您好，我打算和家人一起去海边度假，想找一家靠近沙滩、安静并且带游泳池和早餐的酒店，最好能看到海景，"
    "七月份入住3晚，另外请告诉我是否可以带宠物，停车每天大概需要多少钱，谢谢您的帮助，祝您工作愉快生活幸福"
)


def _packed(told: Sequence[Said]) -> np.ndarray:
    return np.frombuffer(b"".join(map(signature, told)), dtype="<u4").reshape(-1, NUMBERS)


def similarity(left: Said, right: Said) -> float:
    """Return the Jaccard similarity of two rows by its definition; 0 where their facts differ."""
    if left.facts != right.facts:
        return 0.0
    union = len(left.shingles | right.shingles)
    return len(left.shingles & right.shingles) / union if union else 1.0


def _clusters(told: Sequence[Said], threshold: float = 0.9) -> Clusters:
    keep = np.ones(len(told), dtype=np.bool_)
    return clusters(_packed(told), keep, partial(map, told.__getitem__), threshold)


def _near(left: str, right: str, calls_left=(), calls_right=()) -> bool:
    labels = _clusters([said([left], calls_left), said([right], calls_right)]).labels
    return labels.tolist() == [0, 0]


@pytest.mark.parametrize("text", [LONG, LONG_ZH])
def test_marks_case_width_and_spacing_are_no_difference(text: str) -> None:
    wide = text.replace("3", "３").replace(",", " ;  ").replace("，", "…").upper()
    assert _near(text, wide)
    assert similarity(said([text], []), said([wide], [])) == 1.0


@pytest.mark.parametrize(
    ("text", "other"),
    [(LONG, "a view, for"), (LONG_ZH, "愉快")],
)
def test_a_word_more_in_a_long_text_is_near(text: str, other: str) -> None:
    assert _near(text, text.replace(other, other + (" just" if text is LONG else "啊")))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (LONG, LONG.replace("3 nights", "5 nights")),
        (LONG.replace("3 nights", "three nights"), LONG.replace("3 nights", "five nights")),
        (LONG.replace("3 nights", "3pm nights"), LONG.replace("3 nights", "4pm nights")),
        (LONG_ZH, LONG_ZH.replace("3晚", "5晚")),
        (LONG_ZH.replace("3晚", "三晚"), LONG_ZH.replace("3晚", "五晚")),
    ],
)
def test_another_number_is_another_row_however_long_the_text(left: str, right: str) -> None:
    assert not _near(left, right)
    assert similarity(said([left], []), said([right], [])) == 0.0


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([("book", {"city": "Oslo"})], [("book", {"city": "Rome"})]),
        ([("book", {"city": "奥斯陆"})], [("book", {"city": "罗马"})]),
        ([("book", {"at": "朝阳区建国路国贸"})], [("book", {"at": "海淀区建国路国贸"})]),
        ([("book", {"n": 2})], [("book", {"n": 3})]),
        ([("book", {"n": 2})], [("book", {"n": 2.5})]),
        ([("book", {"n": True})], [("book", {"n": False})]),
        ([("book", {"n": [1, [2]]})], [("book", {"n": [[1], 2]})]),
        ([("book", {"op": "+"})], [("book", {"op": "-"})]),
        ([("book", {"a": "x"})], [("book", {"b": "x"})]),
        ([("book", {})], [("cancel", {})]),
        ([("book", {})], [("book", {}), ("book", {})]),
        ([("book", {})], []),
        ([("note", {"text": "buy 2 litres of milk and some bread"})],
         [("note", {"text": "buy 3 litres of milk and some bread"})]),
    ],
)  # fmt: skip
def test_another_call_is_another_row(left, right) -> None:
    assert not _near(LONG, LONG, left, right)


def test_calls_in_another_order_or_spelling_and_edited_prose_are_the_same() -> None:
    left = [("book", {"city": "Oslo", "n": 2}), ("note", {"text": "Ask them for a quiet room"})]
    right = [("note", {"text": "ask them for a calm room"}), ("book", {"n": 2, "city": "OSLO"})]
    assert 0.85 < similarity(said([LONG], left), said([LONG], right)) < 1
    zh = [
        [("note", {"text": f"请帮我提醒他们给我们准备一间{word}的房间和早餐"})]
        for word in ("安静", "宽敞")
    ]
    assert 0.85 < similarity(said([LONG_ZH], zh[0]), said([LONG_ZH], zh[1])) < 1
    assert not _near(
        "book it", "book it", [left[1]], [("note", {"text": "call my mother at home"})]
    )


def test_rows_that_say_too_little_have_no_signature() -> None:
    assert signature(said(["Hi"], [])) == NO_SIGNATURE
    assert signature(said([], [])) == NO_SIGNATURE
    assert signature(said(["你好"], [])) == NO_SIGNATURE
    told = [said(["Hi"], [])] * 3 + [said(["time?"], [("now", {})])] * 2
    assert _clusters(told).labels.tolist() == [-1, -1, -1, 3, 3]


@given(st.text(max_size=60))
@example("0㊀")
def test_words_have_no_marks_and_do_not_depend_on_case(text: str) -> None:
    words = words_of(text)
    assert all(word and not word.isspace() for word in words)
    assert words_of(" ".join(words)) == words
    assert len(signature(said([text], []))) == WIDTH


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=60))
def test_the_quick_way_for_ascii_gives_the_same_words(text: str) -> None:
    # A character of another script switches to the other way.
    assert words_of(text) == words_of(text + " 中")[:-1]


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=8,
    )
)
def test_any_value_of_a_call_is_read(value) -> None:
    row = said(["半\ud800"], [("名\ud83d", {"k": value})])
    assert row == said(["半\ud800"], [("名\ud83d", {"k": value})])
    assert len(signature(row)) == WIDTH


def test_the_signature_is_the_same_in_every_process() -> None:
    code = (
        "from fctune.dataset.near_signature import said, signature\n"
        f"print(signature(said([{LONG_ZH!r}], [('book', {{'n': 1}})])).hex())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert runs == {signature(said([LONG_ZH], [("book", {"n": 1})])).hex() + "\n"}


def _pair(level: float, random: Random) -> tuple[Said, Said]:
    """Return two rows of the similarity `level`, of 200 shingles in all."""
    names = [f"{random.random()}" for _ in range(200)]
    shared = round(level * 200)
    left, right = names[shared::2], names[shared + 1 :: 2]
    return tuple(Said(frozenset([*names[:shared], *own]), 1, 99, 0) for own in (left, right))


@pytest.mark.parametrize(("level", "least", "most"), [(0.5, 0, 0.08), (0.9, 0.96, 1), (0.95, 1, 1)])
def test_rows_share_a_band_as_often_as_the_curve_says(level, least, most) -> None:
    random = Random(3)
    pairs = [_pair(level, random) for _ in range(400)]
    left, right = (_packed([pair[side] for pair in pairs]) for side in (0, 1))
    share = (left[:, :BANDS] == right[:, :BANDS]).any(axis=1).mean()
    assert least <= share <= most


@pytest.mark.parametrize("level", [0.3, 0.8, 0.9])
def test_the_sketch_estimates_the_similarity(level: float) -> None:
    random = Random(4)
    pairs = [_pair(level, random) for _ in range(300)]
    left, right = (_packed([pair[side] for pair in pairs]) for side in (0, 1))
    found = estimates(left, right)
    assert abs(found.mean() - level) < 0.02
    assert found.std() < 1.3 * (level * (1 - level) / 64) ** 0.5 + 0.02


def _plain_clusters(told: Sequence[Said], threshold: float) -> set[frozenset[int]]:
    groups = [{place} for place in range(len(told))]
    for left, right in combinations(range(len(told)), 2):
        if similarity(told[left], told[right]) >= threshold:
            one, two = (next(g for g in groups if place in g) for place in (left, right))
            if one is not two:
                groups.remove(two)
                one |= two
    return {frozenset(group) for group in groups if len(group) > 1}


def _crowd(changes: Sequence[int]) -> list[Said]:
    """Return 160 rows around 4 texts, with that many words exchanged in each."""
    random, told = Random(11), []
    for text in (LONG, LONG_ZH, LONG.replace("sea", "lake"), LONG_ZH.replace("海边", "山里")):
        for _ in range(40):
            words = words_of(text)
            for _ in range(random.choice(changes)):
                words[random.randrange(len(words))] = random.choice(["well", "so", "吧"])
            told.append(said([" ".join(words)], [("book", {"n": random.randint(1, 2)})]))
    return told


def _found(told: Sequence[Said]) -> set[frozenset[int]]:
    labels = _clusters(told).labels
    marks = np.unique(labels[labels >= 0])
    groups = {frozenset(np.flatnonzero(labels == mark).tolist()) for mark in marks}
    assert all(int(labels[min(group)]) == min(group) for group in groups)
    return groups


def test_clusters_are_those_of_comparing_all_pairs() -> None:
    told = _crowd([0, 0, 1, 30])
    assert _found(told) == _plain_clusters(told, 0.9)
    assert len(_found(told)) >= 4


def test_a_crowd_of_rows_about_as_near_as_the_threshold_may_fall_into_several_clusters() -> None:
    told = _crowd([0, 1, 1, 2])
    found, plain = _found(told), _plain_clusters(told, 0.9)
    assert all(any(group <= whole for whole in plain) for group in found)
    assert sum(map(len, found)) >= 0.9 * sum(map(len, plain)) > 50


def test_what_a_row_says_is_read_once_however_often_it_is_compared() -> None:
    told = _crowd([0, 1, 1, 2])
    read: list[int] = []

    def reading(rows: Sequence[int]) -> list[Said]:
        read.extend(rows)
        return [told[row] for row in rows]

    found = clusters(_packed(told), np.ones(len(told), dtype=np.bool_), reading)
    assert found.compared > len(read) > 50
    assert len(read) == len(set(read))


@settings(max_examples=200, deadline=None)
@given(st.tuples(*[st.lists(st.sampled_from("abcdefgh"), max_size=12)] * 2), st.booleans())
def test_briefs_are_as_similar_as_what_they_stand_for(words, other_facts: bool) -> None:
    rows = [Said(frozenset(" ".join(w) for w in pairwise(one)), 2**64 - 1, 9, 1)
            for one in words]  # fmt: skip
    rows[1] = replace(rows[1], facts=5) if other_facts else rows[1]
    with Briefs(2, partial(map, rows.__getitem__)) as briefs:
        known = briefs.of([0, 1])
        again = briefs.of([0])
    assert again[0].tolist() == known[0].tolist()
    assert jaccard(known[0], known[1]) == similarity(*rows)
    one, other = known[0], known[1]
    found = similarities([one, other, one, other], [other, one, one, one])
    assert found.tolist() == [jaccard(*two) for two in
                              ((one, other), (other, one), (one, one), (other, one))]  # fmt: skip


def test_briefs_are_whole_though_the_system_reads_a_few_bytes_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = _crowd([0, 1])
    rows = list(range(len(told)))
    with Briefs(len(told), partial(map, told.__getitem__)) as briefs:
        whole = {row: brief.tolist() for row, brief in briefs.of(rows).items()}
        read = os.pread
        monkeypatch.setattr(os, "pread", lambda file, size, at: read(file, min(size, 7), at))
        assert {row: brief.tolist() for row, brief in briefs.of(rows).items()} == whole
    assert max(map(len, whole.values())) > 3


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=20), st.randoms(use_true_random=False))
def test_equal_rows_are_one_cluster_without_being_read(numbers: list[int], random) -> None:
    told = [said([f"please tell me all about number {n} now"], []) for n in numbers]
    keep = np.array([random.random() < 0.8 for _ in numbers], dtype=np.bool_)

    def never(rows: Sequence[int]) -> list[Said]:
        raise AssertionError("equal signatures need no reading")

    found = clusters(_packed(told), keep, never)
    for place, number in enumerate(numbers):
        same = [i for i, n in enumerate(numbers) if n == number and keep[i]]
        expected = same[0] if keep[place] and len(same) > 1 else -1
        assert found.labels[place] == expected


def test_one_row_of_each_cluster_stays_the_one_with_the_fewest_codes() -> None:
    columns = made(
        [
            Row(codes=("tail-cut",)),
            Row(),
            Row(),
            Row(ordinal=7),
            Row(ordinal=8, codes=("a", "b")),
            Row(ordinal=8, part=1),
            Row(),
        ]
    )
    labels = np.array([0, 0, 0, 3, 3, -1, -1])
    found = Clusters(labels, 0, 0.9)
    assert surplus(found, columns).tolist() == [True, False, True, False, True, True, False]
    account = account_of(found, columns, ("raw/甲.jsonl",))
    assert (account["clusters"], account["rows"], account["surplus"]) == (2, 5, 3)
    assert account["examples"][0] == {
        "rows": 3,
        "shown": ["raw/甲.jsonl:1", "raw/甲.jsonl:2", "raw/甲.jsonl:3"],
    }
    json.dumps(account)


def test_a_set_without_near_duplicates_has_an_empty_account() -> None:
    columns = made([Row()])
    found = clusters(
        np.zeros((1, NUMBERS), dtype=np.uint32),
        every(columns),
        lambda rows: [said([], []) for _ in rows],
    )
    account = account_of(found, columns, ("a",))
    assert (account["clusters"], account["largest"], account["examples"]) == (0, 0, [])
    assert not surplus(found, columns).any()


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch) -> None:
    real = builtins.__import__

    def without(name, *rest, **named):
        if name == "rensa":
            raise ImportError(name)
        return real(name, *rest, **named)

    near_signature.sketch_class.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(EnvironmentFault, match="rensa") as fault:
        signature(said([LONG], []))
    assert fault.value.hint == "pip install 'fctune[near]'"


def test_real_rows_with_thanks_are_found_and_none_of_other_numbers(shared: Path) -> None:
    path = shared / "raw" / "sharegpt_glaive_lf" / "glaive_toolcall_zh_demo.json"
    told = []
    for row in json.loads(path.read_text("utf-8"))[:120]:
        texts = [turn["value"] for turn in row["conversations"] if turn["from"] == "human"]
        told += [said(texts, []), said([texts[0] + "!", *texts[1:]], []), said([*texts, "9"], [])]
    labels = _clusters(told).labels
    measured = [row for row in range(0, len(told), 3) if signature(told[row]) != NO_SIGNATURE]
    assert len(measured) > 100
    assert all(labels[row] == labels[row + 1] >= 0 for row in measured)
    assert all(labels[row + 2] != labels[row] for row in measured)
