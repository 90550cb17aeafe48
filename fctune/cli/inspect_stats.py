"""The counts of a dataset in the terminal, for `fctune inspect`: tables, and bars of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fctune.cli.inspect_audit import audit_lines
from fctune.cli.output import out
from fctune.dataset.amounts import amount
from fctune.dataset.inspect.bins import Bar, bars_of, bars_of_counts, quantile
from fctune.dataset.inspect.marks import visible

if TYPE_CHECKING:
    from fctune.dataset.inspect.place import Place
    from fctune.dataset.inspect.survey import Survey

_BAR = 40
_TOOLS = 20
UNGROUNDED = "argument-ungrounded"


def stats_document(place: Place, found: Survey) -> dict[str, Any]:
    """Return the counts as a JSON-ready object."""
    manifest = place.manifest
    return {
        "dataset": place.name,
        "rows": dict(found.rows),
        "read": manifest.get("read"),
        "kept": manifest.get("kept"),
        "rejected": manifest.get("rejected"),
        "deduplicated": manifest.get("deduplicated"),
        "repaired": manifest.get("repaired"),
        "lessons": {split: dict(counts) for split, counts in found.lessons.items()},
        "lessons_counted_over": found.lessons_read,
        "codes": {code: dict(counts) for code, counts in sorted(found.codes.items())},
        "rejects_by_code": manifest.get("rejects_by_code"),
        "repairs_by_code": manifest.get("repairs_by_code"),
        "warnings_by_code": manifest.get("warnings_by_code"),
        "calls_by_tool": dict(found.tools.most_common()),
        "tokens": {
            "counted_with": "tokenizer" if found.measured else "estimate",
            "rows": len(found.lengths),
            "p50": quantile(found.lengths, 0.5),
            "p95": quantile(found.lengths, 0.95),
            "max": max(found.lengths, default=0),
            "bars": _bar_documents(bars_of(found.lengths)),
        },
        "tools_per_row": _bar_documents(bars_of_counts(found.tool_counts)),
        "read_for_sizes": found.read,
        "damaged": found.damaged,
        "audit": manifest.get("audit"),
    }


def print_stats(place: Place, found: Survey, typed: str) -> None:
    """Print the counts of a dataset, and what to type next; `typed` is how the user named it."""
    out.styled([(visible(_title(place, found)), "bold")])
    for line in _accounts(place, found):
        out.data(line)
    _print_lessons(found)
    _print_codes(place, found)
    _print_tools(found)
    measured = "counted by the tokenizer" if found.measured else "estimated"
    middle = f"median {quantile(found.lengths, 0.5)}, 95 % {quantile(found.lengths, 0.95)}"
    title = f"tokens per row, {measured}: {middle}, max {max(found.lengths, default=0)}"
    _print_bars(title + _of(len(found.lengths), found), bars_of(found.lengths))
    _print_bars("tools per row" + _of(found.read, found), bars_of_counts(found.tool_counts))
    audit = place.manifest.get("audit")
    if isinstance(audit, Mapping) and audit:
        out.data("")
        out.styled([("audit of the whole set (--html has all of it)", "bold")])
        for line in audit_lines(audit):
            out.data(f"  {visible(line)}")
    out.note(_next(typed, place, found))


def _title(place: Place, found: Survey) -> str:
    parts = ", ".join(f"{split} {rows}" for split, rows in found.rows.items())
    return f"{place.name}: {amount(found.total, 'row')} ({parts})"


def _accounts(place: Place, found: Survey) -> Iterator[str]:
    manifest = place.manifest
    if "read" in manifest:
        whole = "" if len(found.rows) == len(_filled(manifest)) else "of the whole dataset: "
        yield (
            f"{whole}{amount(manifest['read'], 'row')} read = {manifest['kept']} kept "
            f"+ {manifest['rejected']} rejected "
            f"+ {amount(manifest['deduplicated'], 'exact duplicate')}; "
            f"{amount(manifest.get('repaired', 0), 'of the kept was', 'of the kept were')} repaired"
        )
        if manifest.get("audit"):
            ungrounded = (manifest.get("warnings_by_code") or {}).get(UNGROUNDED, 0)
            have = amount(ungrounded, "row has", "rows have")
            yield f"grounding: {have} an argument that nothing in the row gives"
    if not manifest:
        yield "no manifest: origins and codes are unknown, lessons are told from the turns"
    elif place.sidecar is None:
        yield "no sidecar of rows: the origins and codes of single rows are unknown"
    if found.damaged:
        yield _damaged(place, found)


def _damaged(place: Place, found: Survey) -> str:
    """Return how many rows cannot be read, and where the first stands."""
    told = f"{found.damaged} of {amount(found.read, 'row')} cannot be read"
    first = found.first_damaged
    if first is None:
        return told
    path = next(part.path for part in place.parts if part.split == first.facts.split)
    return f"{told}, the first: {path}:{first.line}: {first.fault}"


def _filled(manifest: Mapping[str, Any]) -> list[str]:
    """Return the splits that have rows."""
    return [split for split, rows in (manifest.get("splits") or {}).items() if rows]


def _print_lessons(found: Survey) -> None:
    lessons = sorted({lesson for counts in found.lessons.values() for lesson in counts})
    if not lessons:
        return
    total = {one: sum(counts[one] for counts in found.lessons.values()) for one in lessons}
    highest = max(total.values())
    rows = [
        (
            lesson or "(damaged)",
            *(
                str(found.lessons[split][lesson] if split in found.lessons else 0)
                for split in found.rows
            ),
            str(total[lesson]),
            _bar(total[lesson], highest),
        )
        for lesson in lessons
    ]
    out.data("")
    title = "lessons" + _of(found.lessons_read, found)
    columns = ("lesson", *(visible(split) for split in found.rows), "all", "")
    out.table(columns, rows, title=title)


def _print_codes(place: Place, found: Survey) -> None:
    from fctune.catalogue import CATALOGUE

    manifest = place.manifest
    for title, key in (
        ("rejected because", "rejects_by_code"),
        ("repaired", "repairs_by_code"),
        ("warnings", "warnings_by_code"),
    ):
        counts = manifest.get(key)
        if counts:
            rows = [
                (str(n), code, CATALOGUE[code].meaning if code in CATALOGUE else "")
                for code, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            ]
            out.data("")
            out.table(("rows", "code", "meaning"), rows, title=title)


def _print_tools(found: Survey) -> None:
    if not found.tools:
        return
    ranked = sorted(found.tools.items(), key=lambda item: (-item[1], item[0]))
    highest = ranked[0][1]
    rows = [(visible(name), str(n), _bar(n, highest)) for name, n in ranked[:_TOOLS]]
    out.data("")
    out.table(("tool", "calls", ""), rows)
    if len(ranked) > _TOOLS:
        out.data(f"and {amount(len(ranked) - _TOOLS, 'more tool')}; --stats --json has all")


def _print_bars(title: str, bars: Sequence[Bar]) -> None:
    if not bars:
        return
    highest = max(bar.rows for bar in bars)
    rows = [(bar.label, str(bar.rows), _bar(bar.rows, highest)) for bar in bars]
    out.data("")
    out.table(("from-to", "rows", ""), rows, title=title)


def _bar(rows: int, highest: int) -> str:
    """Return a bar; whatever is not nothing is seen."""
    return "█" * max(round(_BAR * rows / highest), 1 if rows else 0) if highest else ""


def _bar_documents(bars: Sequence[Bar]) -> list[dict[str, Any]]:
    return [{"from": bar.low, "to": bar.high, "rows": bar.rows} for bar in bars]


def _of(read: int, found: Survey) -> str:
    return "" if read >= found.total else f" (of {amount(read, 'row')}, read evenly from the whole)"


def _next(typed: str, place: Place, found: Survey) -> str:
    split = next(iter(found.rows))
    return (
        f"rows: fctune inspect {typed} --sample 5, --row {split}:1; page: --html {place.name}.html"
    )
