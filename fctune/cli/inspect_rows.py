"""Rows in the terminal, for `fctune inspect`: turns with roles, or the trained prompt and its mask.

Input: rows of a dataset. Output: text or JSON-ready objects. Colours only where stdout takes them;
elsewhere trained tokens stand between ⟦ and ⟧.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from fctune.cli.output import out
from fctune.dataset.amounts import amount
from fctune.dataset.inspect.before import Before
from fctune.dataset.inspect.marks import visible
from fctune.dataset.inspect.seen import tool_name

if TYPE_CHECKING:
    from fctune.dataset.inspect.before import Sources
    from fctune.dataset.inspect.rejected import RejectedRow
    from fctune.dataset.inspect.seen import SeenRow, SeenTurn
    from fctune.engine.rendered import Piece

Render = Callable[["SeenRow"], list["Piece"]]
_STYLES = {"user": "cyan", "model": "green", "call": "yellow", "result": "magenta"}
_MISSING = {
    "gone": "the raw file is not there any more",
    "changed": "the raw file has changed since, so that its row is not shown",
    "large": "the raw file is too large to be read for one row",
    "several": "several raw rows stand on that line",
    "redacted": "the dataset is redacted, so that raw rows are not shown",
    "unknown": "where this row came from is not known",
}
_WIDTH = 8
_MARK = ("code", "where", "message")
_MOST_REJECTED = 2_000
_MOST_TEXT = 20_000
_TOOLS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class View:
    """How rows are shown.

    Attributes:
        render: shows a row as the engine trains it; None shows its turns.
        tools: show the tools in full.
        sources: the raw files, to show the raw row too; None leaves it out.
        estimated: the lengths are estimates.
    """

    render: Render | None = None
    tools: bool = False
    sources: Sources | None = None
    estimated: bool = False


def print_row(row: SeenRow, view: View) -> None:
    """Print one row: its header, then its turns, or the prompt that the engine trains."""
    out.styled([(visible(_header(row, view)), "bold")])
    for code, where, message in row.facts.marks:
        found = f"{where}: {message} [{code}]"
        out.styled([("  mark    ", "yellow"), (visible(_shortened(found)), "")])
    if row.fault:
        out.styled([("  fault   ", "red"), (visible(row.fault), "")])
        out.data(f"  {visible(_shortened(str(row.raw)))}\n")
        return
    if view.sources is not None:
        before = _before(row, view.sources)
        said = _MISSING[before.missing] if before.missing else _json(before.value)
        out.styled([("  raw     ", "dim"), (visible(_shortened(said)), "")])
    if view.render is not None:
        _print_rendered(row, view.render)
        return
    for role, style, text in _lines(row, tools=view.tools):
        first, *others = visible(_shortened(text, _MOST_TEXT)).split("\n")
        out.styled([(f"  {role:<{_WIDTH}}", style or "dim"), (first, "")])
        for line in others:
            out.data(" " * (_WIDTH + 2) + line)
    out.data("")


def row_document(row: SeenRow, view: View) -> dict[str, Any]:
    """Return one row as a JSON-ready object."""
    facts = row.facts
    document: dict[str, Any] = {
        "split": facts.split,
        "row": facts.row,
        "origin": facts.origin or None,
        "part": facts.part,
        "lesson": row.lesson or None,
        "codes": list(facts.codes) if facts.codes is not None else None,
        "marks": [dict(zip(_MARK, mark, strict=True)) for mark in facts.marks],
        "tokens": facts.tokens or None,
        "tokens_estimated": view.estimated and bool(facts.tokens),
        "fault": row.fault or None,
        "system": row.system,
        "tools": [dict(tool) for tool in row.tools],
        "turns": [_turn_document(turn) for turn in row.turns],
    }
    if view.sources is not None:
        before = _before(row, view.sources)
        document["raw"], document["raw_missing"] = before.value, before.missing or None
    if view.render is not None and not row.fault:
        try:
            pieces = view.render(row)
        except ValueError as fault:
            return {**document, "rendered": None, "unrenderable": str(fault)}
        document["rendered"] = [asdict(piece) for piece in pieces]
        document["tokens"] = sum(piece.tokens for piece in pieces)
        document["tokens_estimated"] = False
        document["trained_tokens"] = sum(piece.tokens for piece in pieces if piece.trained)
    return document


def print_rejected(row: RejectedRow) -> None:
    """Print one rejected row: where it stands, why, what to do, and the row."""
    out.styled([(visible(row.origin), "bold"), ("  rejected  ", "red"), (", ".join(row.codes), "")])
    # What rejects the row comes first; what was repaired on the way needs no hint.
    for found in sorted(row.issues, key=lambda one: one.get("code") not in row.codes):
        decides = found.get("code") in row.codes
        style = "red" if decides else "dim"
        place = f"{found['where']}: " if found.get("where") else ""
        text = f"{place}{found.get('message', '')} [{found.get('code', '')}]"
        out.styled([("  - ", style), (visible(text), "")])
        if found.get("hint") and decides:
            out.styled([(f"    hint: {found['hint']}", "dim")])
    out.data(f"  {visible(_shortened(_json(row.raw)))}\n")


def rejected_document(row: RejectedRow) -> dict[str, Any]:
    """Return one rejected row as a JSON-ready object."""
    return {
        "origin": row.origin,
        "codes": list(row.codes),
        "issues": [dict(found) for found in row.issues],
        "row": row.raw,
    }


def _before(row: SeenRow, sources: Sources) -> Before:
    found = sources.before([row])
    return found.get((row.facts.split, row.facts.row), Before(missing="unknown"))


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _header(row: SeenRow, view: View) -> str:
    facts = row.facts
    parts = [f"{facts.split}:{facts.row}"]
    if facts.origin:
        parts.append(f"from {facts.origin}" + (f" part {facts.part + 1}" if facts.part else ""))
    parts.append(row.lesson or "lesson unknown")
    if facts.codes:
        parts.append(f"[{', '.join(facts.codes)}]")
    if facts.tokens:
        parts.append(f"{'about ' if view.estimated else ''}{amount(facts.tokens, 'token')}")
    return "  ".join(parts)


def _lines(row: SeenRow, *, tools: bool) -> Iterator[tuple[str, str, str]]:
    """Yield word, style and text of each line of a row."""
    yield "system", "", row.system or "-"
    names = row.tool_names
    if tools:
        for tool in row.tools:
            text = json.dumps(tool, ensure_ascii=False, indent=2)
            yield "tool", "", f"{tool_name(tool)} {text}"
    elif names:
        more = f" and {len(names) - _TOOLS_SHOWN} more" if len(names) > _TOOLS_SHOWN else ""
        shown = ", ".join(names[:_TOOLS_SHOWN])
        yield "tools", "", f"{shown}{more} ({len(names)}; --tools shows them)"
    elif row.tools_text:
        yield "tools", "red", f"cannot be read: {_shortened(row.tools_text)}"
    for turn in row.turns:
        style = _STYLES.get(turn.role, "red")
        if turn.text and not turn.results:
            yield ("model" if turn.calls else turn.role), style, turn.text
        for name, arguments in turn.calls:
            yield "call", style, f"{name} {arguments}"
        for result in turn.results:
            yield turn.role, style, result


def _print_rendered(row: SeenRow, render: Render) -> None:
    try:
        pieces = render(row)
    except ValueError as fault:
        out.styled([("  not trainable: ", "red"), (visible(str(fault)), "")])
        return
    trained = sum(piece.tokens for piece in pieces if piece.trained)
    stops = sum(piece.tokens for piece in pieces if piece.stop)
    words = {piece.text for piece in pieces if piece.stop}
    if out.coloured:
        out.styled([(visible(piece.text), _piece_style(piece)) for piece in pieces])
    else:
        text = "".join(
            f"⟦{visible(piece.text)}⟧" if piece.trained else visible(piece.text) for piece in pieces
        )
        out.data(text.replace("⟧⟦", ""))
    total = sum(piece.tokens for piece in pieces)
    stop = (
        f"stop token {', '.join(sorted(words))} trained {amount(stops, 'time')}"
        if stops
        else "no stop token is trained"
    )
    out.data(f"-- {amount(total, 'token')}, {trained} trained; {stop}\n")


def _piece_style(piece: Piece) -> str:
    if piece.stop:
        return "bold reverse green"
    return "bold green" if piece.trained else "dim"


def _turn_document(turn: SeenTurn) -> dict[str, Any]:
    calls = [{"name": name, "arguments": _value(arguments)} for name, arguments in turn.calls]
    document: dict[str, Any] = {"role": turn.role, "text": turn.text}
    if calls:
        document["calls"] = calls
    if turn.results:
        document["results"] = list(turn.results)
    return document


def _value(arguments: str) -> Any:
    try:
        return json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments


def _shortened(text: str, most: int = _MOST_REJECTED) -> str:
    if len(text) <= most:
        return text
    return f"{text[:most]} ... ({amount(len(text) - most, 'more character')}; --json has all)"
