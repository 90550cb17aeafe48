"""What `fctune prepare --explain` prints: which format took which rows of a file, and why.

Input: raw paths and how their rows are read. Output: text or JSON on stdout; nothing is written.
"""

from __future__ import annotations

import json as jsons
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fctune.cli.output import out
from fctune.dataset.amounts import amount

if TYPE_CHECKING:
    from fctune.dataset.explain import Explained, Sample, Unknown
    from fctune.dataset.sources import Reading

_WIDTH = 240
_MAX_UNREAD = 20


def explained(raw: list[Path], reading: Reading, *, json: bool) -> None:
    """Explain every data file among the paths.

    Raises:
        InputFault: a file cannot be opened, or not be read to its end.
    """
    from fctune.dataset.explain import explain
    from fctune.dataset.sources import data_files

    every = [explain(path, reading) for path in data_files(raw)]
    if json:
        out.json({"files": [_document(one) for one in every]})
        return
    for number, one in enumerate(every):
        if number:
            out.data("")
        _print(one)


def _document(told: Explained) -> dict[str, Any]:
    return {
        "file": _text(told.file),
        "read": told.read,
        "formats": {
            name: {
                "rows": taken.rows,
                "kept": taken.kept,
                "rejected": taken.rows - taken.kept,
                "rejects_by_code": dict(taken.codes),
                "unread": {_text(key): rows for key, rows in taken.unread.items()},
                "sign": told.signs[name],
            }
            for name, taken in told.formats.items()
        },
        "unreadable_by_code": dict(told.unreadable),
        "unreadable_first": {
            code: {"where": _text(where), "found": _text(found)}
            for code, (where, found) in told.unreadable_first.items()
        },
        "unrecognised": [
            {"rows": one.rows, "keys": list(one.keys), "first": _text(one.where),
             "nearest": one.nearest}
            for one in told.unknown.values()
        ],
        "samples": [
            {"where": _text(one.where), "format": one.format, "decided_by": one.decided,
             "tried_before": list(one.tried)}
            for one in told.samples
        ],
    }  # fmt: skip


def _print(told: Explained) -> None:
    from fctune.dataset.reasons import by_rows, hint_for

    unknown = sum(one.rows for one in told.unknown.values())
    out.data(
        f"{_text(told.file)}: {amount(told.read, 'row')}, "
        f"{sum(t.rows for t in told.formats.values())} "
        f"recognised, {unknown} not, {sum(told.unreadable.values())} unreadable"
    )
    if told.formats:
        rows = [
            (name, str(t.rows), str(t.kept), str(t.rows - t.kept), _counts(t.codes))
            for name, t in told.formats.items()
        ]
        out.data("")
        out.table(("format", "rows", "kept", "rejected", "because"), rows)
    for name, taken in told.formats.items():
        if taken.codes:
            code, count = by_rows(taken.codes)[0]
            hint = hint_for(code, _text(told.file))
            out.data(f"\n{name}: {amount(count, 'row')} with {code}\n  next:    {hint}")
        _print_unread(name, taken.unread)
    for alike in _alike(told.samples):
        _print_samples(alike, told)
    for one in told.unknown.values():
        _print_unknown(one, told)
    for code, count in by_rows(told.unreadable):
        where, found = told.unreadable_first[code]
        out.data(f"\nunreadable: {amount(count, 'row')} with {code}")
        out.data(f"  first:   {_text(where)}: {_short(_text(found))}")
        out.data(f"  next:    {hint_for(code, _text(told.file))}")


def _print_unread(name: str, unread: Mapping[str, int]) -> None:
    if not unread:
        return
    out.data(f"\n{name}: no path reads")
    known = sorted(unread.items(), key=lambda one: (-one[1], one[0]))
    for key, rows in known[:_MAX_UNREAD]:
        out.data(f"  {_short(_text(key))}: in {amount(rows, 'row')}")
    if len(known) > _MAX_UNREAD:
        out.data(f"  and {amount(len(known) - _MAX_UNREAD, 'more key')}; --json has all")


def _alike(samples: Sequence[Sample]) -> list[list[Sample]]:
    """Return samples that were told by the same sign together, in the order of the first ones."""
    groups: dict[str, list[Sample]] = {}
    for one in samples:
        key = jsons.dumps([one.format, one.decided, one.tried], sort_keys=True)
        groups.setdefault(key, []).append(one)
    return list(groups.values())


def _print_samples(alike: Sequence[Sample], told: Explained) -> None:
    sample = alike[0]
    # All are of one file: its name once, then the other lines.
    lines = dict.fromkeys(one.where.removeprefix(f"{told.file}:") for one in alike)
    out.data(f"\n{_text(told.file)}:{', :'.join(lines)}: {sample.format}")
    out.data(f"  sign:    {told.signs[sample.format]}")
    if sample.decided is None:
        out.data("  decided: by --format; the row itself does not look like it")
        return
    out.data(f"  decided: {_short(jsons.dumps(sample.decided, ensure_ascii=False))}")
    if sample.tried:
        out.data(f"  no:      {', '.join(sample.tried)}")


def _print_unknown(one: Unknown, told: Explained) -> None:
    from fctune.dataset.explain import TOOL

    out.data(f"\n{_text(one.where)}: not recognised, {amount(one.rows, 'such row')}")
    out.data(f"  keys:    {_short(_text(', '.join(one.keys)) or 'none')}")
    if one.nearest == TOOL:
        out.data("  nearest: a tool, no conversation")
        out.data(
            f"  next:    fctune tools import {shlex.quote(_text(told.file))} --out tools.yaml, "
            "then --tools"
        )
    elif one.nearest:
        out.data(f"  nearest: {one.nearest}: {told.signs[one.nearest]}")
    else:
        out.data("  nearest: none; convert the rows to OpenAI messages, or write a format file")
        out.data("  next:    docs/own-format.md")


def _counts(codes: Mapping[str, int]) -> str:
    return ", ".join(f"{code} {count}" for code, count in sorted(codes.items()))


def _short(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."


def _text(name: str) -> str:
    """Return a text that can be printed, whatever bytes a file name or key is made of."""
    return name.encode("utf-8", errors="backslashreplace").decode()
