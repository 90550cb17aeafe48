"""The audit of a dataset in a few lines: what was looked for over the whole set, and found.

Input: the `audit` object of a manifest. Output: lines of text; the page and --json have all of it.

Before: {"contradictions": {"prompts": 0, "rows": 0, ...}, "leakage": {...}, ...}
After:  "contradictions: none", "leakage: test has 8 of 43 calls with values of train", ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fctune.dataset.amounts import amount

_NAMED = 5


def audit_lines(audit: Mapping[str, Any]) -> Iterator[str]:
    """Yield what each audit found; one that is not known here is told by its figures."""
    for name, found in audit.items():
        write = _WRITERS.get(name)
        if found is None or name in ("warnings", "balance"):
            continue
        text = write(found) if write is not None else _figures(found)
        yield f"{name.replace('_', ' ')}: {text}"
    for warning in audit.get("warnings") or ():
        yield f"{warning.get('where')}: {warning.get('message')} [{warning.get('code')}]"


def _figures(found: Any) -> str:
    if not isinstance(found, Mapping):
        return str(found)
    plain = {key: value for key, value in found.items() if isinstance(value, int | float | str)}
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in plain.items()) or "-"


def _contradictions(found: Mapping[str, Any]) -> str:
    if not found.get("prompts"):
        return "none"
    places = ", ".join(str(one.get("origin")) for one in _first_shown(found))
    prompts, rows = amount(found["prompts"], "prompt"), amount(found.get("rows", 0), "row")
    return f"{prompts} with other decisions in {rows}: {places}"


def _first_shown(found: Mapping[str, Any]) -> list[Any]:
    """Return the first rows of the first example; manifests of earlier versions name none."""
    examples = found.get("examples") or [{}]
    return list(examples[0].get("shown") or ())[:2]


def _frames(found: Mapping[str, Any]) -> str:
    if not found.get("frames"):
        limit = amount(found.get("limit", 0), "row")
        return f"none of {found.get('different', 0)} has more than {limit}"
    worst = found["worst"][0]
    return (
        f"{found['frames']} of {found['different']} "
        f"{'has' if found['frames'] == 1 else 'have'} {amount(found['rows'], 'row')}; "
        f"the largest {worst['rows']}, such as {worst['example']}"
    )


def _near(found: Mapping[str, Any]) -> str:
    if not found.get("clusters"):
        return f"none at a similarity of {found.get('threshold')}"
    places = ", ".join(map(str, _first_shown(found)))
    return (
        f"{amount(found['clusters'], 'cluster')} of {amount(found.get('rows', 0), 'row')} "
        f"at {found.get('threshold')}, {found.get('surplus')} could go: {places}"
    )


def _held_out(found: Mapping[str, Any]) -> str:
    names = ", ".join(found.get("names") or ())
    moved = amount(found.get("rows_moved_to_test", 0), "row")
    return f"{names}; {moved} moved to test, {found.get('rows_pruned', 0)} pruned"


def _leakage(found: Mapping[str, Any]) -> str:
    parts = []
    for split in ("dev", "test"):
        one = found.get(split) or {}
        if not one.get("rows"):
            continue
        values, tools = one["values"], one["tools"]
        unseen = tools["unseen"]
        names = ", ".join([*unseen["names"]][:_NAMED])
        count = unseen["count"]
        never = f", {amount(count, 'tool')} never trained ({names})" if count else ""
        parts.append(
            f"{split} has {values['in_train']} of {amount(values['of'], 'call')} with values of "
            f"train, {amount(one['wording']['in_train'], 'row')} with its wording{never}"
        )
    return "; ".join(parts) or "nothing to compare"


_WRITERS = {
    "contradictions": _contradictions,
    "frames": _frames,
    "near_duplicates": _near,
    "held_out": _held_out,
    "leakage": _leakage,
}
