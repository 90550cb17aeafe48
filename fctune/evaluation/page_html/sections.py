"""The sections of the page between its head and the cases, from results.json alone.

Input: the content of results.json. Output: Sections of tables. Keys that no section knows are shown
too, by their shape, so that nothing that was measured stays unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fctune.evaluation.metrics.ratios import METRICS
from fctune.evaluation.page_html.blocks import execution, robustness
from fctune.evaluation.page_html.cases import ORIGIN_TAG
from fctune.evaluation.page_html.cells import (
    Cell,
    Table,
    is_metric,
    measure,
    metric,
    name,
    number,
    table,
    word,
    words,
)
from fctune.evaluation.page_html.metric_words import MEANINGS
from fctune.evaluation.page_html.shapes import tables_of
from fctune.evaluation.page_html.words import KEYS

_MEANINGS = {ratio.name: ratio.meaning for ratio in METRICS}
# The first metric of each group, to the key of the group's label.
_GROUPS = {
    "function_accuracy": "group_overall", "over_call_rate": "group_timing",
    "over_call_rate_parsed": "group_parsed", "selection_given_call": "group_selection",
    "argument_accuracy": "group_arguments", "parse_rate": "group_form",
    "ask_rate": "group_asking", "turn_accuracy": "group_dialogues",
    "parallel_accuracy": "group_parallel",
}  # fmt: skip
# Shown elsewhere on the page, or too little to be a section.
_ELSEWHERE = {
    "schema_version", "mode", "n", "correct", "wrong", "unscored", "metrics", "notes", "remarks",
    "outcomes", "empty_answers", "decision", "formats", "by_lesson", "by_tag", "by_tool",
    "dimensions", "long_tail", "confusion", "data", "config", "versions",
}  # fmt: skip


# How the sections of what was asked for are read.
_BLOCKS: dict[str, Callable[[Any], Iterator[Table]]] = {
    "robustness": robustness,
    "execution": execution,
}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with tables.

    Attributes:
        id: of the heading, and key of its label.
        tables: what stands under it.
        note: key of a sentence under the heading, or "".
    """

    id: str
    tables: tuple[Table, ...]
    note: str = ""


def sections(content: Mapping[str, Any]) -> list[Section]:
    """Return the sections in the order of the page; those without rows are left out."""
    listed = [
        Section("metrics", tuple(_metrics(content)), "note_metrics"),
        Section("lessons", (_slices(content.get("by_lesson"), "lesson", "lesson"),)),
        Section("by_tool", (_tools(content),), "note_by_tool"),
        Section("tags", tuple(_tags(content.get("by_tag") or {}))),
        Section("dimensions", tuple(_dimensions(content.get("dimensions") or {}))),
        Section("formats", tuple(_formats(content.get("formats") or {})), "note_formats"),
        Section("long_tail", tuple(_long_tail(content.get("long_tail") or {})), "note_tail"),
        *(
            Section(key, tuple(_BLOCKS.get(key, tables_of)(value)))
            for key, value in content.items()
            if key not in _ELSEWHERE and _says_something(key, value)
        ),
    ]
    return [
        Section(one.id, tuple(each for each in one.tables if each.rows), one.note)
        for one in listed
        if any(each.rows for each in one.tables)
    ]


def _says_something(key: str, value: Any) -> bool:
    """Tell whether a section is worth its heading; contamination is, where training saw a case."""
    return bool(value["in_training"] if key == "contamination" and value else value)


def settings(content: Mapping[str, Any]) -> list[Table]:
    """Return what was run on what: settings, the account of the split's rows, versions."""
    named = {key: content.get(key) or {} for key in ("config", "data", "versions")}
    return [
        table(
            ("setting", "set_to"),
            [(name(key), words(shown)) for key, shown in _flat(value)],
            caption=key,
        )
        for key, value in named.items()
        if value
    ]


def _metrics(content: Mapping[str, Any]) -> Iterator[Table]:
    """Yield the metrics in groups; a group without anything measured is left out."""
    groups: dict[str, list[str]] = {}
    group = ""
    for key in content.get("metrics") or {}:
        group = _GROUPS.get(key, group)
        groups.setdefault(group, []).append(key)
    for name_, keys in groups.items():
        if any(content["metrics"][key]["value"] is not None for key in keys):
            rows = [_metric_row(key, content) for key in keys]
            yield table(("metric", "value", "cases_n", "meaning"), rows, caption=name_)


def _metric_row(key: str, content: Mapping[str, Any]) -> tuple[Cell, ...]:
    value = content["metrics"][key]
    found = [note for note in (content.get("notes") or {}).get(key, ()) if "few:" not in note]
    notes = "".join(f" ({note})" for note in found)
    english, chinese = _MEANINGS.get(key, ""), MEANINGS.get(key) or _MEANINGS.get(key, "")
    meaning = Cell(f"{english}{notes}", key, "meaning", detail=f"{chinese}{notes}")
    return measure(key), metric(value), number(value["n"]), meaning


def classes(content: Mapping[str, Any]) -> Table:
    """Return precision, recall and F1 of each decision."""
    by_class = (content.get("decision") or {}).get("by_class") or {}
    columns = ("precision", "recall", "f1")
    rows = [
        (word(label), *(metric(values.get(one)) for one in columns))
        for label, values in by_class.items()
    ]
    return table(("decision", *columns), rows)


def _slices(slices: Mapping[str, Any] | None, column: str, key: str, caption: str = "") -> Table:
    """Return a table with a row for each slice and a column for each of its metrics."""
    slices = slices or {}
    columns = list(dict.fromkeys(one for values in slices.values() for one in values))
    rows = [
        (name(slice_, link=f"#{key}={quote(slice_)}"),
         *(metric(values.get(one)) for one in columns))
        for slice_, values in slices.items()
    ]  # fmt: skip
    return table((column, *columns), rows, caption=caption)


def _tags(by_tag: Mapping[str, Any]) -> Iterator[Table]:
    """Yield a table for each family of tags."""
    families: dict[str, dict[str, Any]] = {}
    for tag, values in by_tag.items():
        family = tag.partition(":")[0]
        if family != ORIGIN_TAG:
            families.setdefault(family, {})[tag] = values
    for family, slices in families.items():
        label = f"family_{family}"
        yield _slices(slices, "tag", "tag", caption=label if label in KEYS else family)


def _tools(content: Mapping[str, Any]) -> Table:
    """Return the tools, those with the most wrong calls first."""
    taken_for = _taken_for(content.get("confusion") or {})
    by_tool = content.get("by_tool") or {}
    ranked = sorted(by_tool.items(), key=lambda one: (one[1]["num"] - one[1]["den"], one[0]))
    rows = [
        (name(tool, link=f"#tool={quote(tool)}"), metric(value, with_counts=False),
         number(value["num"]), number(value["den"]), words(taken_for.get(tool, "")))
        for tool, value in ranked
    ]  # fmt: skip
    return table(("tool", "calls_right", "right", "all_calls", "taken_for"), rows)


def _taken_for(confusion: Mapping[str, Any]) -> dict[str, str]:
    """Return for each tool of the matrix what most often stands where it was due."""
    found = {}
    columns: Sequence[str] = confusion.get("columns") or ()
    for row, tool in enumerate((confusion.get("rows") or ())[: confusion.get("tools", 0)]):
        counts = list(confusion["matrix"][row])
        counts[row] = 0
        most = max(counts, default=0)
        if most:
            found[tool] = f"{columns[counts.index(most)]} ({most})"
    return found


def _dimensions(dimensions: Mapping[str, Any]) -> Iterator[Table]:
    """Yield for each difficulty its metrics, and under them its slices."""
    for key, value in dimensions.items():
        note = f"means_{key}"
        rows = [
            (measure(one), metric(found), number(found["n"]))
            for one, found in (value.get("metrics") or {}).items()
            if found["value"] is not None
        ]
        known = note if note in KEYS else str(value.get("meaning", ""))
        yield table(("metric", "value", "cases_n"), rows, caption=f"dim_{key}", note=known)
        slices = [
            (name(tag, link=f"#tag={quote(tag)}"), metric(found), number(found["n"]))
            for tag, found in (value.get("slices") or {}).items()
        ]
        yield table(("tag", "overall_accuracy", "cases_n"), slices)


def _formats(formats: Mapping[str, Any]) -> Iterator[Table]:
    strict, repaired = formats.get("strict") or {}, formats.get("repaired") or {}
    names = list(dict.fromkeys([*strict, *repaired]))
    rows = [(measure(one), metric(strict.get(one)), metric(repaired.get(one))) for one in names]
    yield table(("metric", "strict", "repaired"), rows)
    mended = formats.get("repairs") or {}
    yield table(
        ("repair", "cases_n"),
        [(words(what), number(cases)) for what, cases in mended.items()],
        caption="repairs",
    )


def _long_tail(tail: Mapping[str, Any]) -> Iterator[Table]:
    buckets = tail.get("buckets") or {}
    rows = [
        (word(f"bucket_{key}"), metric(one.get("accuracy")), number(one.get("tools", 0)),
         number(one.get("training_calls", 0)))
        for key, one in buckets.items()
    ]  # fmt: skip
    yield table(("bucket", "calls_right", "tools_n", "training_calls"), rows)
    whole = [(measure(key), metric(value)) for key, value in tail.items() if is_metric(value)]
    yield table(("metric", "value"), whole, caption="whole")
    known = any(one.get("bucket") for one in tail.get("worst") or ())
    worst = [
        (name(one["tool"], link=f"#tool={quote(one['tool'])}"), metric(one["accuracy"]),
         *([word(f"bucket_{one['bucket']}")] if known else []))
        for one in tail.get("worst") or ()
    ]  # fmt: skip
    columns = ("tool", "calls_right", *(["bucket"] if known else []))
    yield table(columns, worst, caption="worst")
    training = tail.get("training") or {}
    counts = [(words(key), words(value)) for key, value in training.items()]
    yield table(("training", "set_to"), counts, caption="training")


def _flat(value: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield the settings with dotted keys; what is not set is a dash."""
    for key, one in value.items():
        if isinstance(one, Mapping) and one:
            yield from _flat(one, f"{before}{key}.")
        else:
            yield f"{before}{key}", "-" if one in (None, "", {}, [], ()) else str(one)
