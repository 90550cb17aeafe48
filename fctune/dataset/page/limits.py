"""The known limits of a dataset, told from its manifest: what a user must not take for granted.

Input: the object of a manifest. Output: sentences, each with its figure, in Markdown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fctune.dataset.amounts import amount
from fctune.dataset.estimates import ESTIMATE
from fctune.dataset.page.marked import code

_FEW = 50  # rows of a split, below which a share has an interval wider than 28 points
_MUCH = 0.1


def limits(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield one sentence for each limit."""
    yield from _of_splits(manifest)
    yield from _of_rows(manifest)
    yield from _of_audits(manifest)
    yield (
        "The judge of a call is its schema: a call that is lawful and wrong is found by no check."
    )


def _of_splits(manifest: Mapping[str, Any]) -> Iterator[str]:
    splits = manifest.get("splits") or {}
    for split, rows in splits.items():
        if split != "train" and rows < _FEW:
            yield f"{split} has {amount(rows, 'row')}: shares measured on it are rough."
    total = sum(splits.values())
    largest = manifest.get("largest_group") or 0
    if total and largest / total > _MUCH:
        yield (
            f"{largest} of {total} rows are tied together by shared wording of the user, and stand "
            "on one side of the split."
        )


def _of_rows(manifest: Mapping[str, Any]) -> Iterator[str]:
    warnings = manifest.get("warnings_by_code") or {}
    lengths = manifest.get("lengths") or {}
    if not lengths:
        yield "Lengths were not measured: the engine may cut long rows without a word."
    elif ESTIMATE in lengths.values():
        yield (
            f"Lengths are estimates, the longest about {lengths.get('max')} tokens: the engine may "
            "cut rows near cutoff_len without a word."
        )
    else:
        cutoff = manifest["lengths"].get("cutoff_len")
        yield f"Rows are at most {cutoff} tokens of one tokenizer; another may count more."
    if manifest.get("read") and manifest["rejected"] / manifest["read"] > _MUCH:
        share = manifest["rejected"] / manifest["read"]
        yield f"{share:.0%} of the raw rows were rejected: what they taught is missing."
    personal = [n for name, n in warnings.items() if name.startswith(("personal-", "secret-"))]
    if personal and not (manifest.get("settings") or {}).get("redact"):
        rows = amount(sum(personal), "row")
        yield f"Personal data or keys stand in up to {rows}, and are not masked."
    if warnings.get("test-set-row"):
        belong = amount(warnings["test-set-row"], "row belongs", "rows belong")
        yield (
            f"{belong} to public test sets: a model trained on them cannot be measured on those "
            "sets."
        )
    for name, n in sorted(warnings.items()):
        if name not in ("test-set-row", "duplicate", "call-mapped"):
            yield f"{amount(n, 'row was', 'rows were')} kept with {code(name)}."
    train = (manifest.get("lessons") or {}).get("train") or {}
    missing = [one for one in ("call", "no_call", "ask_back", "parallel") if not train.get(one)]
    if missing and train:
        yield f"Train has no row of these lessons: {', '.join(map(code, missing))}."


def _of_audits(manifest: Mapping[str, Any]) -> Iterator[str]:
    audit = manifest.get("audit") or {}
    if not audit:
        yield "It was not audited for near duplicates, contradictions, leakage and personal data."
        return
    for name, told in (
        ("near_duplicates", "It was not looked through for near duplicates."),
        ("held_out", "No tool is held out: the test split measures known tools only."),
    ):
        if not audit.get(name):
            yield told
