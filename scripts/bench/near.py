"""Measures the search for near duplicates: what it finds, what it must not find, and what it costs.

Role: the figures of docs/benchmarks/near.md. Input: a folder with the files
glaive_toolcall_{en,zh}_demo.json. Each row is copied with edits, of which some keep what is meant
and some change it; rows are then clustered and each copy is looked up. Output: Markdown tables.
Command: python scripts/bench/near.py ../shared/data/raw/sharegpt_glaive_lf
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from fctune.dataset.near import THRESHOLD, clusters
from fctune.dataset.near_briefs import brief, jaccard
from fctune.dataset.near_signature import (
    BANDS,
    NO_SIGNATURE,
    NUMBERS,
    Said,
    said,
    signature,
)

Row = tuple[list[str], list[tuple[str, dict[str, Any]]]]
Edit = Callable[[Row, Random], Row | None]
SEED = 7
ROUNDS = 9


def load(folder: Path, language: str) -> list[Row]:
    """Return user texts and calls of every row."""
    rows = json.loads((folder / f"glaive_toolcall_{language}_demo.json").read_text("utf-8"))
    return [_row(row["conversations"]) for row in rows]


def _row(turns: Sequence[dict[str, str]]) -> Row:
    calls = [json.loads(turn["value"]) for turn in turns if turn["from"] == "function_call"]
    texts = [turn["value"] for turn in turns if turn["from"] == "human"]
    return texts, [(call["name"], call["arguments"]) for call in calls]


def other_marks(row: Row, random: Random) -> Row | None:
    """Write other punctuation and case."""
    marks = str.maketrans({".": "!", "?": ".", ",": " ", "，": ",", "。": "！", "？": "?"})
    return [text.translate(marks).upper() for text in row[0]], row[1]


def polite(row: Row, random: Random) -> Row | None:
    """Add a thank-you to the last text."""
    last = row[0][-1]
    return [*row[0][:-1], last + (" Thanks a lot!" if last.isascii() else " 谢谢你了！")], row[1]


def one_word(row: Row, random: Random) -> Row | None:
    """Write another word in the place of one that is neither a number nor a value of a call."""
    joined = "\n".join(row[0])
    values = json.dumps(row[1], ensure_ascii=False).casefold()
    pattern = r"[A-Za-z]{4,}" if joined.isascii() else r"[想要请帮我能可以找给]"
    places = [
        m for m in re.finditer(pattern, joined) if m.group().casefold() not in values
    ]  # fmt: skip
    if not places:
        return None
    place = random.choice(places)
    word = "indeed" if joined.isascii() else "让"
    return (joined[: place.start()] + word + joined[place.end() :]).split("\n"), row[1]


def number_changed(row: Row, random: Random) -> Row | None:
    """Say another number, in the first place that has one."""
    joined = "\n".join(row[0])
    found = re.search(r"\d{1,9}", joined)
    if found is None:
        return None
    return (joined[: found.start()] + str(int(found.group()) + 1) + joined[found.end() :]).split(
        "\n"
    ), row[1]


def value_changed(row: Row, random: Random) -> Row | None:
    """Call with another value of one argument."""
    for place, (name, arguments) in enumerate(row[1]):
        for key, value in arguments.items():
            changed = value + " B" if isinstance(value, str) else [value, 1]
            calls = list(row[1])
            calls[place] = (name, {**arguments, key: changed})
            return row[0], calls
    return None


def call_dropped(row: Row, random: Random) -> Row | None:
    """Answer in words instead of the last call."""
    return (row[0], row[1][:-1]) if row[1] else None


SAME: dict[str, Edit] = {
    "other punctuation and case": other_marks,
    "thanks at the end": polite,
    "one word exchanged": one_word,
}
OTHER: dict[str, Edit] = {
    "another number": number_changed,
    "another value in a call": value_changed,
    "one call less": call_dropped,
}


def quality(rows: list[Row], title: str) -> list[str]:
    """Return the table of edits: copies made, near by definition, found."""
    random = Random(SEED)
    every, made = list(rows), []
    for name, edit in {**SAME, **OTHER}.items():
        for place, row in enumerate(rows):
            copy = edit(row, random)
            if copy is not None:
                made.append((name, place, len(every)))
                every.append(copy)
    told = [said(*row) for row in every]
    found = clusters(
        _signatures(told), np.ones(len(told), dtype=np.bool_), partial(map, told.__getitem__)
    )
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, place, copy in made:
        near = jaccard(brief(told[place]), brief(told[copy])) >= THRESHOLD
        together = found.labels[place] >= 0 and found.labels[place] == found.labels[copy]
        counts[name].update(made=1, near=int(near), found=int(together))
    lines = [
        f"### {title}",
        "",
        "| edit | copies | near by definition | found |",
        "|---|--:|--:|--:|",
    ]
    for name in counts:
        count = counts[name]
        lines.append(f"| {name} | {count['made']} | {count['near']} | {count['found']} |")
    return [*lines, "", _exact(told, found.labels)]


def _exact(told: list[Said], labels: np.ndarray[Any, Any]) -> str:
    """Compare with all pairs, compared one by one."""
    by_facts: defaultdict[int, list[int]] = defaultdict(list)
    for place, row in enumerate(told):
        if signature(row) != NO_SIGNATURE:
            by_facts[row.facts].append(place)
    pairs = [pair for places in by_facts.values() for pair in combinations(places, 2)]
    known = [brief(row) for row in told]
    near = [pair for pair in pairs if jaccard(known[pair[0]], known[pair[1]]) >= THRESHOLD]
    together = {
        pair for pair in pairs if labels[pair[0]] >= 0 and labels[pair[0]] == labels[pair[1]]
    }
    hit = sum(pair in together for pair in near)
    return (
        f"All pairs of {len(told):,} rows compared: {len(near):,} are near duplicates, of which "
        f"{hit:,} were found (recall {hit / len(near):.4f}); {len(together):,} pairs stand in one "
        f"cluster, of which {hit:,} are near by themselves (precision {hit / len(together):.4f}; "
        "the others are joined by a third row)."
    )


def crowd(rows: list[Row], title: str) -> str:
    """Return how well crowds of rows are clustered that are about as near as the threshold."""
    random = Random(SEED)
    told = [said(*_varied(row, random, 0.03)) for row in rows for _ in range(20)]
    found = clusters(
        _signatures(told), np.ones(len(told), dtype=np.bool_), partial(map, told.__getitem__)
    )
    return (
        f"{title}, 20 copies of each row, 3 % of the words exchanged: {_exact(told, found.labels)}"
    )


def curve() -> list[str]:
    """Return how often two rows of a known similarity share a band, beside the formula."""
    random = Random(SEED)
    lines = ["| similarity | pairs | share a band | formula |", "|---|--:|--:|--:|"]
    seen: defaultdict[float, list[tuple[float, bool]]] = defaultdict(list)
    for _ in range(6000):
        shared, own = 60, random.randint(1, 30)
        base = {f"s{random.random()}" for _ in range(shared)}
        left, right = (
            Said(frozenset(base | {f"o{random.random()}" for _ in range(own)}), 1, 99, 0)
            for _ in range(2)
        )
        level = jaccard(brief(left), brief(right))
        one, two = (np.frombuffer(signature(row), dtype="<u4") for row in (left, right))
        seen[round(level * 20) / 20].append((level, bool((one == two)[:BANDS].any())))
    for level in sorted(seen):
        hits = seen[level]
        formula = sum(1 - (1 - s**8) ** BANDS for s, _ in hits) / len(hits)
        share = sum(hit for _, hit in hits) / len(hits)
        lines.append(f"| {level:.2f} | {len(hits)} | {share:.3f} | {formula:.3f} |")
    return lines


def speed(rows: list[Row], title: str, size: int, changed: float) -> str:
    """Return microseconds a row for signatures and for clustering `size` rows."""
    best = min(_timed(lambda: [signature(said(*row)) for row in rows]) for _ in range(ROUNDS))
    random = Random(SEED)
    many = [_varied(random.choice(rows), random, changed) for _ in range(size)]
    signatures = _signatures([said(*row) for row in many])
    keep = np.ones(size, dtype=np.bool_)
    start = time.process_time()
    found = clusters(signatures, keep, lambda rows: [said(*many[row]) for row in rows])
    spent = time.process_time() - start
    clustered = int((found.labels >= 0).sum())
    return (
        f"| {title} | {best / len(rows) * 1e6:.0f} | {spent / size * 1e6:.1f} | {size:,} | "
        f"{clustered:,} | {found.compared:,} |"
    )


def _varied(row: Row, random: Random, changed: float) -> Row:
    """Exchange a share of the words, so that copies of one row differ by little or much."""
    texts = [
        re.sub(r"[A-Za-z]{3,}|[\u4e00-\u9fff]", lambda m: _word(m.group(), random, changed), text)
        for text in row[0]
    ]
    return texts, row[1]


def _word(word: str, random: Random, changed: float) -> str:
    if random.random() > changed:
        return word
    return random.choice(["indeed", "quite", "maybe"] if word.isascii() else ["让", "很", "再"])


def _signatures(told: Sequence[Said]) -> np.ndarray[Any, Any]:
    packed = b"".join(signature(row) for row in told)
    return np.frombuffer(packed, dtype="<u4").reshape(-1, NUMBERS)


def _timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=50_000, help="rows of the speed test")
    options = parser.parse_args()
    english, chinese = load(options.folder, "en"), load(options.folder, "zh")
    print("\n".join([*quality(english, "English"), "", *quality(chinese, "Chinese"), ""]))
    print(crowd(english, "English"), "", crowd(chinese, "Chinese"), "", sep="\n")
    print("\n".join([*curve(), ""]))
    print("| words exchanged | signature, us | clusters, us | rows | clustered | compared |")
    print("|---|--:|--:|--:|--:|--:|")
    for changed in (0.05, 0.3):
        print(speed(english, f"English, {changed:.0%}", options.rows, changed))
        print(speed(chinese, f"Chinese, {changed:.0%}", options.rows, changed))


if __name__ == "__main__":
    main()
