"""The counts of a dataset, and the rows of it that a page shows: one pass over the sidecar.

Input: Rows. Output: a Survey. Lessons, codes and measured lengths are counted over all rows;
tool counts and estimated lengths over rows that are read evenly from the whole, all of them where
the dataset is small. Memory does not grow with the dataset but for four bytes a row of lengths.
"""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from fctune.dataset.estimates import estimate
from fctune.dataset.inspect.rows import Rows, facts_of
from fctune.dataset.inspect.seen import Facts, SeenRow
from fctune.jsonl import dump_line

_OF_EACH = 5  # rows of every set of codes and lesson, whatever its share
_SCATTER = 2654435761  # Knuth's multiplier: neighbours lie far apart, evenly over the whole
_Kind = tuple[str, str, tuple[str, ...] | None]


@dataclass
class Survey:
    """What was counted.

    Attributes:
        rows: rows by split.
        lessons: rows by split and lesson.
        lessons_read: rows that the lessons were counted over.
        codes: rows by code and split, of accepted rows; {} where codes are unknown.
        tools: calls by tool.
        tool_counts: rows by the number of tools that they show, over the rows read.
        lengths: tokens per row: measured, over all; else estimated, over the rows read.
        measured: the lengths were counted with a tokenizer.
        read: rows that were read for tool counts, and for lengths that are not measured.
        picked: the rows to show, in the order of the files.
        damaged: rows that were read and are no rows.
        first_damaged: the first of them.
    """

    rows: dict[str, int] = field(default_factory=dict)
    lessons: dict[str, Counter[str]] = field(default_factory=dict)
    lessons_read: int = 0
    codes: dict[str, Counter[str]] = field(default_factory=dict)
    tools: Counter[str] = field(default_factory=Counter)
    tool_counts: Counter[int] = field(default_factory=Counter)
    lengths: array[int] = field(default_factory=lambda: array("I"))
    measured: bool = False
    read: int = 0
    picked: list[Facts] = field(default_factory=list)
    damaged: int = 0
    first_damaged: SeenRow | None = None

    @property
    def total(self) -> int:
        """Rows of all splits."""
        return sum(self.rows.values())


def survey(rows: Rows, *, read: int = 5_000, pick: int = 0) -> Survey:
    """Count a dataset.

    Args:
        rows: the rows.
        read: the most rows to read.
        pick: how many rows to pick, so that every code and every lesson is among them.

    Raises:
        InputFault: a file cannot be read.
    """
    found = Survey(rows=rows.counts)
    picker = _Picker(pick)
    even = list(_counted(rows, found, picker, read))
    found.measured = any(found.lengths) and not rows.place.estimated
    if not any(found.lengths):
        found.lengths = array("I")
    known = bool(found.lengths)
    for row in rows.rows(even):
        _count_read(row, found)
        if not known:
            found.lengths.append(_estimate(row))
        if rows.place.sidecar is None:
            _count_lesson(row, found, picker)
    _from_manifest(rows.place.manifest, found)
    found.picked = picker.picked(list(found.rows))
    return found


def _counted(rows: Rows, found: Survey, picker: _Picker, read: int) -> Iterator[Facts]:
    """Count all rows, and yield the facts of those that lie evenly in the whole.

    Runs on every row of the sidecar, hence Facts are made only of the rows that are taken.
    """
    total = found.total
    steps = min(read, total)
    if rows.place.sidecar is None:
        for at, facts in enumerate(rows.facts()):
            if at * steps // total != (at - 1) * steps // total:
                yield facts
        return
    kinds: Counter[_Kind] = Counter()
    tokens, needs = found.lengths, picker.needs
    wanted = iter([*(-(-step * total // steps) for step in range(steps)), -1])
    next_even = next(wanted)
    shown = found.rows.keys()
    at = 0
    for kind, length, line in _kinds(rows.lines()):
        if kind[0] not in shown:
            continue
        kinds[kind] += 1
        tokens.append(length)
        if at == next_even:
            next_even = next(wanted)
            yield facts_of(orjson.loads(line))
        if needs(at, kind):
            picker.add(at, kind, facts_of(orjson.loads(line)))
        at += 1
    for (split, lesson, codes), count in kinds.items():
        found.lessons.setdefault(split, Counter())[lesson] += count
        found.lessons_read += count
        for code in codes or ():
            found.codes.setdefault(code, Counter())[split] += count


def _kinds(lines: Iterator[bytes]) -> Iterator[tuple[_Kind, int, bytes]]:
    """Yield split, lesson and codes of each line of a sidecar, its tokens, and the line.

    Lines as fctune writes them (split first; lesson, codes and tokens last) are told by their
    bytes: few differ in these, so that few are parsed. Any other line is parsed.
    """
    known: dict[bytes, _Kind] = {}
    for line in lines:
        end = line.rfind(b',"tokens":')
        start = line.rfind(b',"lesson":', 0, end)
        length = line[end + 10 :].rstrip(b"}\n")
        if start < 0 or not length.isdigit() or not line.startswith(b'{"split":"'):
            value = orjson.loads(line)
            yield _kind(value), value["tokens"], line
            continue
        key = line[:14] + line[start:end]
        kind = known.get(key)
        if kind is None:
            kind = known[key] = _kind(orjson.loads(line))
        yield kind, int(length), line


def _kind(value: dict[str, Any]) -> _Kind:
    return value["split"], value["lesson"], tuple(value["codes"])


def _count_read(row: SeenRow, found: Survey) -> None:
    found.read += 1
    if row.fault:
        found.damaged += 1
        found.first_damaged = found.first_damaged or row
    found.tool_counts[len(row.tools)] += 1
    found.tools.update(row.called)


def _count_lesson(row: SeenRow, found: Survey, picker: _Picker) -> None:
    """Count the lesson of a row that no sidecar knows."""
    lesson, facts = row.lesson, row.facts
    found.lessons.setdefault(facts.split, Counter())[lesson] += 1
    found.lessons_read += 1
    if picker.needs(found.read, kind := (facts.split, lesson, None)):
        picker.add(found.read, kind, facts)


def _estimate(row: SeenRow) -> int:
    raw = row.raw if isinstance(row.raw, Mapping) else {"": str(row.raw)}
    head = {key: value for key, value in raw.items() if value is not row.raw_tools}
    return estimate(dump_line(head), row.tools_text)


def _from_manifest(manifest: Mapping[str, Any], found: Survey) -> None:
    """Take the counts that the manifest has over all rows."""
    lessons = manifest.get("lessons")
    if isinstance(lessons, Mapping) and found.lessons_read < found.total:
        found.lessons = {
            split: Counter(counts) for split, counts in lessons.items() if split in found.rows
        }
        found.lessons_read = sum(sum(one.values()) for one in found.lessons.values())
    tools = manifest.get("tools")
    filled = {split for split, rows in (manifest.get("splits") or {}).items() if rows}
    if isinstance(tools, Mapping) and found.rows.keys() == filled:
        found.tools = Counter(tools)


class _Picker:
    """Draws rows: a few of every kind first, then evenly over the whole."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._every: list[tuple[int, int, Facts]] = []
        self._kinds: dict[_Kind, list[Facts]] = {}
        self._least = -(1 << 40)  # a row below it is not among the drawn

    def needs(self, at: int, kind: _Kind) -> bool:
        """Tell whether a row can be among those drawn, before anything is made of it."""
        if -(at * _SCATTER & 0xFFFFFFFF) >= self._least:
            return self._wanted > 0
        return self._wanted > 0 and len(self._kinds.get(kind, ())) < _OF_EACH

    def add(self, at: int, kind: _Kind, facts: Facts) -> None:
        """Take a row that is needed."""
        own = self._kinds.setdefault(kind, [])
        if len(own) < _OF_EACH:
            own.append(facts)
        heapq.heappush(self._every, (-(at * _SCATTER & 0xFFFFFFFF), at, facts))
        if len(self._every) > self._wanted:
            heapq.heappop(self._every)
            self._least = self._every[0][0]

    def picked(self, splits: list[str]) -> list[Facts]:
        """Return the rows drawn, in the order of the files."""
        firsts: dict[tuple[str, str], list[Facts]] = {}
        for (split, lesson, codes), own in self._kinds.items():
            strata = [("split", split), ("lesson", lesson)]
            for stratum in (*strata, *(("code", code) for code in codes or ())):
                firsts.setdefault(stratum, []).extend(own)
        needed = [own[at] for at in range(_OF_EACH) for own in firsts.values() if at < len(own)]
        others = [facts for _, _, facts in sorted(self._every, reverse=True)]
        chosen = list(dict.fromkeys([*needed, *others]))[: self._wanted]
        return sorted(chosen, key=lambda facts: (splits.index(facts.split), facts.row))
