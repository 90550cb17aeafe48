"""Why a file gives no case at all, or holds no predictions, and what to type instead.

Input: the file, how many rows were read, and why they were rejected. Output: InputFault. Where all
rows have one trouble, or most of them, its own hint is the best one, with the file's name in it.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fctune.errors import InputFault
from fctune.issues import Issue, Origin, Rejected, Severity
from fctune.jsonl.faults import UTF8, converting, look_at
from fctune.patterns import regex

# What a user is told who gives a test set of another kind, or half of one.
READABLE_SETS = (
    "give a split, or a test set that can be read: BFCL (the folder, or a file with --answers), "
    "When2Call, xLAM; of others, such as the normal sets of ACEBench, join questions and answers: "
    "jq -cs 'group_by(.id) | map(add)[]' QUESTIONS ANSWERS > joined.jsonl"
)
A_SPLIT = "give a split that `fctune prepare` wrote"
_OF_A_SET = {"test-set-row", "row-without-answer", "row-without-question"}
_GUESS = regex(r"reads as (?:damaged )?(?P<encoding>[\w-]+)")


def no_cases(
    path: Path, rows: int, rejected: Sequence[Rejected], expected: str = "conversations"
) -> InputFault:
    """Return the fault of a file that gives no case.

    Args:
        path: the file.
        rows: how many were read.
        rejected: all of them, or all but duplicates.
        expected: what the rows should have been.
    """
    if not rejected:
        got = "no row has a turn of the model" if rows else "holds no rows"
        return InputFault(f"{got}, expected {expected}", where=str(path), hint=A_SPLIT)
    first = rejected[0]
    counted = "its only row is" if rows == 1 else f"{len(rejected)} of {rows} rows are"
    of_first = "" if rows == 1 else ", the first"
    return InputFault(
        f"gives no case: {counted} rejected{of_first} with {_error(first)}",
        where=str(first.origin),
        hint=_hint(path, rejected, READABLE_SETS if expected == "a test set" else A_SPLIT),
    )


def hint_for(origin: Origin, found: Issue) -> str:
    """Return the hint of one issue of a row, with the names of files where it can have them.

    >>> found = Issue("file-not-utf8", "", "the line reads as GB18030")
    >>> hint_for(Origin("a b.jsonl", 2), found)
    "iconv -f GB18030 -t UTF-8 'a b.jsonl' > 'utf8_a b.jsonl'"
    >>> found = Issue("file-not-utf8", "", "the line reads as damaged UTF-8")
    >>> hint_for(Origin("a b.jsonl", 2), found)
    "sed -n 2p 'a b.jsonl'"
    """
    guess = _GUESS.search(found.message)
    if found.code != "file-not-utf8" or guess is None:
        return found.hint
    if guess["encoding"] == UTF8:
        return look_at(origin.file, origin.line)
    return converting(origin.file, guess["encoding"])


def held_out_of(value: Any, beside: Path) -> Path | None:
    """Return the test split that a manifest of `fctune prepare` names; None where it is none."""
    files = value.get("files") if isinstance(value, Mapping) and "fctune_version" in value else None
    for name, told in files.items() if isinstance(files, Mapping) else ():
        if str(name).endswith("_test") and isinstance(told, Mapping):
            return beside.parent / str(told.get("file"))
    return None


def _hint(path: Path, rejected: Sequence[Rejected], otherwise: str) -> str:
    first = _error(rejected[0])
    if {found.code for found in rejected[0].issues} & _OF_A_SET:
        return READABLE_SETS
    split = held_out_of(rejected[0].raw, path)
    if split is not None:
        return f"that is a manifest; its test split is {_typed(split)}"
    codes = Counter(_error(row).code for row in rejected)
    if codes.most_common(1)[0][0] != first.code:
        return otherwise
    if first.code == "format-unknown":
        return f"{otherwise}, or see what was recognised: fctune prepare {_typed(path)} --explain"
    if first.code == "call-unknown-tool":
        return "add --tools FILE, if their tools lie in another file"
    return hint_for(rejected[0].origin, first) if first.code == "file-not-utf8" else otherwise


def _error(row: Rejected) -> Issue:
    """Return the first error of a rejected row."""
    errors = (found for found in row.issues if found.severity is Severity.ERROR)
    return next(errors, row.issues[0])


def _typed(path: Path) -> str:
    return shlex.quote(str(path))
