"""What training and evaluation say of the tools: calls trained on, share of right calls.

Input: a dataset's manifest, or results.json of an evaluation. Output: what was noted. Noting the
same file again changes nothing. A dataset that was prepared again under its name replaces its
earlier count, as its files do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fctune.errors import InputFault
from fctune.jsonl import read_json, read_rows, sha256_of
from fctune.tools.diff.compare import Impact, diff_tool, worst
from fctune.tools.diff.sources import MANIFEST_SUFFIX, is_taught, manifest_side, read_manifest
from fctune.tools.read import parse_catalog
from fctune.tools.registry.figures import Field, count_at, measurement_at, text_at
from fctune.tools.registry.records import Recorded
from fctune.tools.registry.tables import tables
from fctune.tools.registry.writing import Writer, spec_of, version_rows
from fctune.tools.spec import ToolSpec

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

_RESULTS, _PREDICTIONS = "results.json", "predictions.jsonl"


@dataclass(frozen=True, slots=True)
class Taught:
    """One version of a tool in a dataset or an evaluation: its fingerprint and its counts."""

    fingerprint: str
    rows: int
    calls: int
    spec: ToolSpec | None = None


@dataclass(frozen=True)
class Training:
    """What a manifest says.

    Attributes:
        dataset: its name.
        sha256: of the manifest.
        tools: tool name to its versions.
    """

    dataset: str
    sha256: str
    tools: Mapping[str, Sequence[Taught]]


@dataclass(frozen=True)
class Results:
    """What results.json says.

    Attributes:
        source: what was measured.
        sha256: of the file.
        tools: tool name to value, right calls and due calls.
        specs: tool name to the tool as it was shown, where the predictions are at hand.
    """

    source: str
    sha256: str
    tools: Mapping[str, tuple[float, int, int]]
    specs: Mapping[str, ToolSpec] = field(default_factory=dict)


def read_record(path: Path) -> Training | Results:
    """Read a manifest, results.json, or a folder of results.

    Raises:
        InputFault: it is neither, of a version without what is needed, or a figure in it cannot be.
    """
    if path.is_dir():
        path = path / _RESULTS
    if path.name.endswith(MANIFEST_SUFFIX):
        return _read_training(path)
    value = read_json(path)
    if isinstance(value, dict) and isinstance(value.get("by_tool"), dict):
        return _read_results(path, value)
    raise InputFault(
        "is neither a dataset's manifest nor the results of an evaluation",
        where=str(path),
        hint="give data/NAME.manifest.json, or the folder of fctune eval or fctune score",
    )


def _read_training(path: Path) -> Training:
    value = read_manifest(path)
    catalog = value.get("catalog")
    tools = catalog.get("tools") if isinstance(catalog, dict) else None
    if not isinstance(tools, dict):
        message, hint = "tells no fingerprints of tools", "prepare the dataset again"
        raise InputFault(message, where=str(path), hint=hint)
    name, field = value.get("name", _storable(path.name)), Field(path, "catalog.tools")
    taught = {
        text_at(field, tool): _taught(field.inside(tool), versions)
        for tool, versions in tools.items()
    }
    specs: dict[str, ToolSpec] = {}
    if any(taught.values()):
        side = manifest_side(path)
        specs = {s.fingerprint: s for name in side.catalog.names for s in side.versions(name)}
    return Training(
        text_at(Field(path, "name"), name),
        sha256_of(path),
        {
            tool: [replace(one, spec=specs.get(one.fingerprint)) for one in versions]
            for tool, versions in taught.items()
            if versions
        },
    )


def _taught(field: Field, versions: Any) -> list[Taught]:
    """Return the versions of a tool that training rows show; `rows` and `calls` default to 0."""
    if not isinstance(versions, list):
        raise field.fault(versions, "a list of versions")
    found = []
    for index, one in enumerate(versions):
        here = field.inside(index)
        if not isinstance(one, dict):
            raise here.fault(one, "{fingerprint, rows, calls}")
        rows, calls = (count_at(here.inside(key), one.get(key, 0)) for key in ("rows", "calls"))
        fingerprint = text_at(here.inside("fingerprint"), one.get("fingerprint"))
        if is_taught(one):
            found.append(Taught(fingerprint, rows, calls))
    return found


def _storable(text: str) -> str:
    return text.encode("utf-8", errors="backslashreplace").decode()


def _read_results(path: Path, value: Mapping[str, Any]) -> Results:
    config = value.get("config")
    source = config.get("source") if isinstance(config, dict) else None
    source = _storable(str(path)) if source is None else source
    text_at(Field(path, "config.source"), source)
    field = Field(path, "by_tool")
    tools = {
        text_at(field, name): found
        for name, metric in value["by_tool"].items()
        if (found := measurement_at(field.inside(name), metric)) is not None
    }
    return Results(source, sha256_of(path), tools, _shown_specs(path.parent / _PREDICTIONS, tools))


def _shown_specs(path: Path, wanted: Mapping[str, Any]) -> dict[str, ToolSpec]:
    """Return the tools that the cases showed, as far as the predictions beside the results tell."""
    found: dict[str, ToolSpec] = {}
    seen: set[str] = set()
    for row in read_rows(path) if path.is_file() else ():
        if wanted.keys() <= found.keys():
            break
        text = row.value.get("tools") if isinstance(row.value, dict) else None
        if isinstance(text, str) and text not in seen:
            seen.add(text)
            found = {**{spec.name: spec for spec in parse_catalog(text)[0]}, **found}
    return found


def note_training(writer: Writer, training: Training) -> Recorded:
    """Note the training calls of a dataset; counts of an earlier manifest of that name go."""
    t = tables().training
    wanted, unknown, unmatched = _matched(writer.connection, training)
    here = t.c.dataset == training.dataset
    before = {
        (row.tool, row.version): row for row in writer.connection.execute(t.select().where(here))
    }
    noted: dict[str, str] = {}
    for key in dict.fromkeys((*before, *wanted)):
        old, (rows, calls) = before.get(key), wanted.get(key, (0, 0))
        if old is not None and (old.rows, old.calls) == (rows, calls) and key in wanted:
            continue
        tool, version = key
        this = here & (t.c.tool == tool) & (t.c.version == version)
        writer.connection.execute(t.delete().where(this))
        if key in wanted:
            row = {"dataset": training.dataset, "tool": tool, "version": version, "rows": rows}
            row |= {"calls": calls, "manifest": training.sha256, "at": writer.at}
            writer.connection.execute(t.insert(), [row])
        was = old.calls if old is not None else 0
        writer.note(
            "trained", tool, version=version, dataset=training.dataset,
            manifest=training.sha256, rows=rows, calls=calls, calls_before=was,
        )  # fmt: skip
        replaced = f", {was} before" if old is not None else ""
        words = f"{_some(calls, 'training call')} in {_some(rows, 'row')}{replaced}"
        noted[tool] = f"version {version}: {words}"
    return Recorded("training", training.dataset, noted, tuple(unknown), tuple(unmatched))


def _some(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _matched(
    connection: Connection, training: Training
) -> tuple[dict[tuple[str, int], tuple[int, int]], list[str], list[str]]:
    """Return (tool, version) to rows and calls, tools that are unknown, and those of no version."""
    rows: Counter[tuple[str, int]] = Counter()
    calls: Counter[tuple[str, int]] = Counter()
    unknown, unmatched = [], []
    for name, versions in training.tools.items():
        known = version_rows(connection, name)
        if not known:
            unknown.append(name)
            continue
        for taught in versions:
            number = _version_of(known, taught.fingerprint, taught.spec)
            if number is None:
                unmatched.append(name)
                continue
            rows[(name, number)] += taught.rows
            calls[(name, number)] += taught.calls
    return {key: (rows[key], calls[key]) for key in rows}, unknown, list(dict.fromkeys(unmatched))


def _version_of(known: Sequence[Row[Any]], fingerprint: str, shown: ToolSpec | None) -> int | None:
    """Return the version of a fingerprint, else the latest that differs in words alone.

    Examples told in the description, for one, change the fingerprint and no call.
    """
    for row in known:
        if row.fingerprint == fingerprint:
            return int(row.version)
    for row in reversed(known):
        if shown is not None and _alike(shown, spec_of(row.document)):
            return int(row.version)
    return None


def _alike(one: ToolSpec, other: ToolSpec) -> bool:
    return worst(diff_tool(one, other)) in (None, Impact.COMPATIBLE)


def note_accuracy(writer: Writer, results: Results) -> Recorded:
    """Note the accuracy of each tool of an evaluation, once for each results.json."""
    t = tables().accuracy
    noted: dict[str, str] = {}
    unknown, unmatched = [], []
    done = {
        row.tool
        for row in writer.connection.execute(t.select().where(t.c.results == results.sha256))
    }
    for name, (value, num, den) in results.tools.items():
        known = version_rows(writer.connection, name)
        if not known:
            unknown.append(name)
            continue
        if name in done:
            continue
        shown = results.specs.get(name)
        version = _version_of(known, shown.fingerprint, shown) if shown else None
        if version is None:
            unmatched.append(name)
            continue
        row = {"results": results.sha256, "tool": name, "version": version, "value": value}
        row |= {"num": num, "den": den, "source": results.source, "at": writer.at}
        writer.connection.execute(t.insert(), [row])
        writer.note(
            "measured", name, version=version, source=results.source,
            results=results.sha256, value=value, num=num, den=den,
        )  # fmt: skip
        noted[name] = f"version {version}: {value:.3f} ({num} of {den} calls right)"
    return Recorded("accuracy", results.source, noted, tuple(unknown), tuple(unmatched))
