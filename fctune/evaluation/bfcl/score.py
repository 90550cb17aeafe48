"""The fast path of `fctune score --mode bfcl`: recorded rows of BFCL items, judged and counted.

Input: a file of rows as `fctune.evaluation.bfcl.rows` reads them. Output: a folder with

outcomes.jsonl  one verdict for each row; `fctune compare` reads it
results.json    metrics with intervals, by category, and put together as BFCL does
report.md       the same for people
rejected.jsonl  rows that cannot be scored, with the reason; only where there are any

Every row is scored or rejected, none is lost: read = scored + rejected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from fctune.errors import InputFault
from fctune.evaluation.bfcl.counts import counts_of
from fctune.evaluation.bfcl.figures import figures
from fctune.evaluation.bfcl.page import page
from fctune.evaluation.bfcl.rows import Row, is_row, read_row
from fctune.evaluation.bfcl.words import outcome_word
from fctune.evaluation.replay.odd import read_loosely
from fctune.evaluation.report.staged import staged
from fctune.jsonl import read_rows, sha256_of, shown, write_json, write_rows, write_text

REJECTED = "rejected.jsonl"
_FIRST = 50


@dataclass
class _Account:
    """What became of the rows that were read."""

    read: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def reject(self, line: int, reason: str) -> None:
        self.rejected.append({"line": line, "reason": reason})


def looks_like_rows(path: Path) -> bool:
    """Tell whether the first rows of a file hold one that `score_rows` takes.

    Raises:
        InputFault: the file cannot be opened.
    """
    some = islice(read_rows(path), _FIRST)
    return any(raw.issue is None and is_row(raw.value) for raw in some)


def score_rows(path: Path, out_dir: Path, seed: int = 0) -> dict[str, Any]:
    """Judge all rows of a file as the official checker does, and write the results.

    Args:
        path: JSON Lines or any layout that `fctune.jsonl` reads, packed or not.
        out_dir: made where absent; files of an earlier run are replaced.
        seed: kept in the results for `fctune compare`; nothing here is drawn.

    Returns:
        The content of results.json.

    Raises:
        InputFault: the file cannot be read, or no row of it can be scored.
    """
    account = _Account()
    outcomes = list(_judged(path, account))
    if not outcomes:
        raise _nothing_scored(path, account)
    data = {
        "path": str(path),
        "sha256": sha256_of(path),
        "rows": account.read,
        "scored": len(outcomes),
        "rejected": len(account.rejected),
    }
    content = figures(outcomes, data, seed)
    with staged(out_dir) as new:
        write_rows(new / "outcomes.jsonl", outcomes)
        if account.rejected:
            write_rows(new / REJECTED, account.rejected)
        write_text(new / "report.md", page(content, outcomes, account.rejected))
        write_json(new / "results.json", content)
    if not account.rejected:
        (out_dir / REJECTED).unlink(missing_ok=True)
    return content


def outcome_row(row: Row) -> dict[str, Any]:
    """Return the line of outcomes.jsonl for a row."""
    calls, golds, tools = row.calls, row.golds, row.tools
    verdict = row.verdict()
    listed = {tool["name"]: tool for tool in reversed(tools) if _has_name(tool)}
    seen, wanted, meant = tools, golds, calls or []
    if row.underscored:
        names = {name.replace(".", "_"): name for name in listed}
        seen = [{**tool, "name": tool["name"].replace(".", "_")} for tool in listed.values()]
        wanted = [(name.replace(".", "_"), accepted) for name, accepted in golds]
        meant = [(names.get(name, name), arguments) for name, arguments in meant]
    malformed = calls is None
    decided = "call" if meant or malformed else None
    return {
        "id": row.id,
        "correct": verdict.valid,
        "outcome": outcome_word(verdict, calls, wanted, seen),
        "reason": verdict.reason,
        "error_type": verdict.error_type,
        "category": row.category,
        "group": row.group,
        "lesson": row.category,
        "tags": [f"category:{row.category}"],
        "expects_call": row.expects_call,
        "expected": "call" if row.expects_call else "refuse",
        "decided": decided,
        "attempted": bool(meant) or malformed,
        "malformed": malformed,
        "repaired_ok": verdict.valid,
        "asked": row.asked,
        **counts_of(meant, golds, listed, row.language),
    }


def _judged(path: Path, account: _Account) -> Iterator[dict[str, Any]]:
    for raw in read_rows(path):
        account.read += 1
        line = raw.origin.line
        value = read_loosely(raw)
        if value is None and raw.issue is not None:
            account.reject(line, f"{raw.issue.message} [{raw.issue.code}]")
            continue
        row = read_row(value, line)
        if isinstance(row, str):
            account.reject(line, row)
        elif row.id in account.ids:
            account.reject(line, f"id: got {row.id!r} again, expected one row for each id")
        else:
            account.ids.add(row.id)
            try:
                outcome = outcome_row(row)
            except Exception as fault:  # noqa: BLE001 - a defect of ours must not stop other rows
                account.reject(line, f"the scorer failed: {type(fault).__name__}: {fault}")
            else:
                yield outcome


def _has_name(tool: Any) -> bool:
    return type(tool) is dict and type(tool.get("name")) is str


def _nothing_scored(path: Path, account: _Account) -> InputFault:
    if not account.read:
        return InputFault("holds no rows, expected rows with predictions", where=shown(path))
    first = account.rejected[0]
    return InputFault(
        f"no row can be scored: {len(account.rejected)} of {account.read} rejected, "
        f"the first (line {first['line']}) with {first['reason']}",
        where=shown(path),
        hint="give rows with tools, prediction and possible_answer",
    )
