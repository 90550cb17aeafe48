"""The audit of a dataset in a few lines: what was looked for over the whole set, and found.

Input: the `audit` object of a manifest. Output: lines of text; the page and --json have all of it.

Before: {"contradictions": {"prompts": 0, "rows": 0, ...}, "leakage": {...}, ...}
After:  "contradictions: none", "leakage: test has 8 of 43 calls with values of train", ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

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
    return f"{found['prompts']} prompts with other decisions in {found.get('rows')} rows: {places}"


def _first_shown(found: Mapping[str, Any]) -> list[Any]:
    """Return the first rows of the first example; manifests of earlier versions name none."""
    examples = found.get("examples") or [{}]
    return list(examples[0].get("shown") or ())[:2]


def _frames(found: Mapping[str, Any]) -> str:
    if not found.get("frames"):
        return f"none of {found.get('different', 0)} has more than {found.get('limit', 0)} rows"
    worst = found["worst"][0]
    return (
        f"{found['frames']} of {found['different']} have {found['rows']} rows; "
        f"the largest {worst['rows']}, such as {worst['example']}"
    )


def _near(found: Mapping[str, Any]) -> str:
    if not found.get("clusters"):
        return f"none at a similarity of {found.get('threshold')}"
    places = ", ".join(map(str, _first_shown(found)))
    return (
        f"{found['clusters']} clusters of {found.get('rows')} rows at {found.get('threshold')}, "
        f"{found.get('surplus')} could go: {places}"
    )


def _held_out(found: Mapping[str, Any]) -> str:
    names = ", ".join(found.get("names") or ())
    moved = found.get("rows_moved_to_test", 0)
    return f"{names}; {moved} rows moved to test, {found.get('rows_pruned', 0)} pruned"


def _leakage(found: Mapping[str, Any]) -> str:
    parts = []
    for split in ("dev", "test"):
        one = found.get(split) or {}
        if not one.get("rows"):
            continue
        values, tools = one["values"], one["tools"]
        unseen = tools["unseen"]
        names = ", ".join([*unseen["names"]][:_NAMED])
        never = f", {unseen['count']} tools never trained ({names})" if unseen["count"] else ""
        parts.append(
            f"{split} has {values['in_train']} of {values['of']} calls with values of train"
            f", {one['wording']['in_train']} rows with its wording{never}"
        )
    return "; ".join(parts) or "nothing to compare"


_WRITERS = {
    "contradictions": _contradictions,
    "frames": _frames,
    "near_duplicates": _near,
    "held_out": _held_out,
    "leakage": _leakage,
}
