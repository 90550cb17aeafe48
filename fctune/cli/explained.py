"""What `fctune prepare --explain` prints: which format took which rows of a file, and why.

Input: raw paths and how their rows are read. Output: text or JSON on stdout; nothing is written.
"""

from __future__ import annotations

import json as jsons
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fctune.cli.output import out

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
    unknown = sum(one.rows for one in told.unknown.values())
    out.data(
        f"{_text(told.file)}: {told.read} rows, {sum(t.rows for t in told.formats.values())} "
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
        _print_unread(name, taken.unread)
    for sample in told.samples:
        _print_sample(sample, told.signs[sample.format])
    for one in told.unknown.values():
        _print_unknown(one, told)
    if told.unreadable:
        out.data(f"\nunreadable: {_counts(told.unreadable)}")


def _print_unread(name: str, unread: Mapping[str, int]) -> None:
    if not unread:
        return
    out.data(f"\n{name}: no path reads")
    known = sorted(unread.items(), key=lambda one: (-one[1], one[0]))
    for key, rows in known[:_MAX_UNREAD]:
        out.data(f"  {_short(_text(key))}: in {rows} rows")
    if len(known) > _MAX_UNREAD:
        out.data(f"  and {len(known) - _MAX_UNREAD} more keys; --json has all")


def _print_sample(sample: Sample, sign: str) -> None:
    out.data(f"\n{_text(sample.where)}: {sample.format}")
    out.data(f"  sign:    {sign}")
    if sample.decided is None:
        out.data("  decided: by --format; the row itself does not look like it")
        return
    out.data(f"  decided: {_short(jsons.dumps(sample.decided, ensure_ascii=False))}")
    if sample.tried:
        out.data(f"  no:      {', '.join(sample.tried)}")


def _print_unknown(one: Unknown, told: Explained) -> None:
    from fctune.dataset.explain import TOOL

    out.data(f"\n{_text(one.where)}: not recognised, {one.rows} such rows")
    out.data(f"  keys:    {_short(_text(', '.join(one.keys)) or 'none')}")
    if one.nearest == TOOL:
        out.data("  nearest: a tool, no conversation")
        out.data(
            f"  next:    fctune tools import {_text(told.file)} --out tools.yaml, then --tools"
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
