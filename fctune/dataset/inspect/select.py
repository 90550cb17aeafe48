"""Which rows of a dataset are shown: filters, a seeded sample, one row by its number.

Input: Rows, or the file of rejected rows, and a Selection. Output: the rows in the order of the
files. A sample holds no more rows in memory than it has, and a pattern is searched in time that
grows with the text alone.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import xxhash

from fctune.dataset.inspect.rejected import RejectedRow, has_code, rejected_rows
from fctune.dataset.inspect.rows import Rows
from fctune.dataset.inspect.seen import Facts, SeenRow
from fctune.errors import UsageFault
from fctune.patterns import regex

Search = Callable[[str], bool]
T = TypeVar("T")
_ESCAPED = regex(r'["\\/\x00-\x1f\x7f]')  # what JSON may write in several ways


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for; an empty word asks for all.

    Attributes:
        split, lesson, tool, code: the word that a row must have.
        search: must find something in one of the row's texts.
        words: the plain words that `search` looks for, by which lines are left out unparsed.
        row: the one row, as split and number.
        sample: draw as many rows as this, by the seed; 0 draws none.
        seed: of the draw.
    """

    split: str = ""
    lesson: str = ""
    tool: str = ""
    code: str = ""
    search: Search | None = None
    words: str = ""
    row: tuple[str, int] | None = None
    sample: int = 0
    seed: int = 42


def selected(rows: Rows, wanted: Selection) -> Iterator[SeenRow]:
    """Yield the rows that are asked for.

    Raises:
        InputFault: a file cannot be read.
    """
    facts: Iterator[Facts] = (found for found in rows.facts() if _by_facts(found, wanted))
    if not (wanted.tool or wanted.search or wanted.lesson):
        if wanted.sample:
            facts = iter(_drawn(facts, wanted, lambda one: one))
        yield from rows.rows(facts)
        return
    lines = rows.rows(facts, may_fit=_quick(wanted))
    found = (row for row in lines if _by_row(row, wanted))
    yield from _drawn(found, wanted, lambda row: row.facts) if wanted.sample else found


def selected_rejected(path: Path, wanted: Selection) -> Iterator[RejectedRow]:
    """Yield the rejected rows that are asked for, by code, search and sample; nothing else counts.

    Raises:
        InputFault: the file cannot be read, or a line of it is no reject.
    """
    found = rejected_rows(path, code=wanted.code)
    if wanted.search is not None:
        search = wanted.search
        found = (row for row in found if search(str(row.raw)) or search(row.origin))
    if wanted.sample:
        found = iter(_drawn(found, wanted, lambda row: Facts("rejected", row.number)))
    yield from found


def searcher(text: str, *, regex: bool) -> Search:
    r"""Return what tells whether a text holds the words, or fits the pattern.

    Words are found in any case. A pattern is one of Rust's `regex`, whose search never takes more
    than time in proportion to the text; it has no look-around and no back-references.

    Raises:
        UsageFault: it is no such pattern.

    >>> searcher("REFUND", regex=False)("a refund, please"), searcher(r"\bA-\d", regex=True)("A-7")
    (True, True)
    """
    if not regex:
        words = text.casefold()
        return lambda other: words in other.casefold()
    import jsonschema_rs

    try:
        validator = jsonschema_rs.validator_for(
            {"pattern": text}, pattern_options=jsonschema_rs.RegexOptions(size_limit=1_000_000)
        )
    except (ValueError, jsonschema_rs.ValidationError) as fault:
        raise UsageFault(
            f"got --grep {text!r} --regex, expected a pattern that is searched in bounded time",
            hint="it has no look-around and no back-references; for plain words leave out --regex",
        ) from fault
    search: Search = validator.is_valid
    return search


def priority(facts: Facts, seed: int) -> int:
    """Return a number that scatters rows the same way for the same seed."""
    return xxhash.xxh64_intdigest(f"{facts.split}:{facts.row}".encode(), seed=seed)


def _quick(wanted: Selection) -> Callable[[bytes], bool] | None:
    """Return what leaves out most lines that cannot fit, before they are parsed.

    A line that JSON may have written in another way, with escapes, is never left out.
    """
    tool, words = ("" if _ESCAPED.search(word) else word for word in (wanted.tool, wanted.words))
    if not tool and not words:
        return None
    name, folded = tool.encode("utf-8", "replace"), words.casefold()
    plain = folded.encode("utf-8", "replace")

    def may_fit(line: bytes) -> bool:
        if b"\\u" in line:
            return True
        if name not in line:
            return False
        if line.isascii():
            return plain in line.lower()
        return folded in line.decode("utf-8", "replace").casefold()

    return may_fit


def _by_facts(facts: Facts, wanted: Selection) -> bool:
    """Tell whether a row can be one of those wanted, from what is known without its text."""
    if wanted.row is not None:
        return (facts.split, facts.row) == wanted.row
    if wanted.split and facts.split != wanted.split:
        return False
    if wanted.lesson and facts.lesson not in ("", wanted.lesson):
        return False
    return not wanted.code or any(has_code(code, wanted.code) for code in facts.codes or ())


def _by_row(row: SeenRow, wanted: Selection) -> bool:
    if wanted.lesson and row.lesson != wanted.lesson:
        return False
    if wanted.tool and wanted.tool not in row.tool_names and wanted.tool not in row.called:
        return False
    return wanted.search is None or any(map(wanted.search, row.texts()))


def _drawn(found: Iterator[T], wanted: Selection, facts_of: Callable[[T], Facts]) -> list[T]:
    """Return a sample in the order of the files."""
    numbered = ((priority(facts_of(one), wanted.seed), at, one) for at, one in enumerate(found))
    chosen = heapq.nsmallest(wanted.sample, numbered, key=lambda item: item[:2])
    return [one for _, _, one in sorted(chosen, key=lambda item: item[1])]
