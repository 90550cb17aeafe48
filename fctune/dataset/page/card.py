"""The card of a dataset in Markdown: what it is, what it is made of, how to train it, its limits.

Input: the object of a manifest. Output: the text of `<name>.card.md`, the same bytes for the same
manifest. The names of files and tools are data of others: none of them can break a table or a link.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fctune.catalogue import CATALOGUE
from fctune.dataset.amounts import amount
from fctune.dataset.inspect.audits import sections, spaced
from fctune.dataset.manifest import load_manifest
from fctune.dataset.page.command import train_lines, written_command
from fctune.dataset.page.limits import limits
from fctune.dataset.page.marked import code, table, words
from fctune.dataset.targets import card_name, manifest_name
from fctune.jsonl import write_text

_TOOLS = 40
_SOURCES = 100
_NAMED = 10  # rows of a table of an audit


def write_card(folder: Path, name: str) -> Path:
    """Write `<name>.card.md` beside a dataset; return its path.

    Raises:
        InputFault: the manifest cannot be read, or the card not be written.
    """
    target = folder / card_name(name)
    write_text(target, card(load_manifest(folder / manifest_name(name))))
    return target


def card(manifest: Mapping[str, Any]) -> str:
    """Return the text of the card.

    Args:
        manifest: the object of `<name>.manifest.json`.
    """
    name = str(manifest["name"])
    blocks = [
        f"# Dataset {words(name)}",
        _what(manifest),
        "## Files",
        _files(manifest),
        "## Lessons",
        _lessons(manifest),
        "## Tools",
        *_tools(manifest),
        "## Sources",
        *_sources(manifest),
        "## What was rejected, repaired and noticed",
        *_codes(manifest),
        "## Audits",
        *_audits(manifest),
        "## How to train it",
        *train_lines(manifest),
        "## How it was made",
        *written_command(manifest),
        "## Known limits",
        "\n".join(f"- {line}" for line in limits(manifest)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _what(manifest: Mapping[str, Any]) -> str:
    splits = manifest.get("splits") or {}
    rows = ", ".join(f"{split} {count}" for split, count in splits.items())
    tools = len((manifest.get("catalog") or {}).get("tools") or manifest.get("tools") or {})
    template = (manifest.get("settings") or {}).get("template", "?")
    calls = sum((manifest.get("tools") or {}).values())
    return (
        f"Conversations that teach a model to call tools: {amount(sum(splits.values()), 'row')} "
        f"({rows}), {amount(tools, 'tool')}, {amount(calls, 'call')}; ShareGPT rows for "
        f"LLaMA-Factory, template "
        f"{code(str(template))}. Written by fctune {manifest.get('fctune_version', '?')}.\n\n"
        f"{amount(manifest['read'], 'row was', 'rows were')} read = {manifest['kept']} kept + "
        f"{manifest['rejected']} rejected + {amount(manifest['deduplicated'], 'exact duplicate')}; "
        f"{amount(manifest['repaired'], 'of the kept was', 'of the kept were')} repaired."
    )


def _files(manifest: Mapping[str, Any]) -> str:
    rows = [
        (code(name), code(str(one["file"])), str(one["rows"]), code(_digest(one)))
        for name, one in (manifest.get("files") or {}).items()
    ]
    return table(("dataset", "file", "rows", "digest"), rows)


def _lessons(manifest: Mapping[str, Any]) -> str:
    lessons = manifest.get("lessons") or {}
    names = sorted({name for counts in lessons.values() for name in counts})
    rows = [
        (code(name), *(str(counts.get(name, 0)) for counts in lessons.values())) for name in names
    ]
    return table(("lesson", *lessons), rows)


def _tools(manifest: Mapping[str, Any]) -> Iterator[str]:
    calls = manifest.get("tools") or {}
    catalog = manifest.get("catalog") or {}
    if catalog:
        fingerprint = code(str(catalog.get("fingerprint", ""))[:16])
        yield (
            f"{amount(len(catalog.get('tools') or {}), 'tool is', 'tools are')} shown, in "
            f"{amount(catalog.get('lists', 0), 'list', 'different lists')}; fingerprint of all: "
            f"{fingerprint}."
        )
    ranked = sorted(calls.items(), key=lambda item: (-item[1], item[0]))
    if ranked:
        yield table(("tool", "calls"), [(code(tool), str(n)) for tool, n in ranked[:_TOOLS]])
    if len(ranked) > _TOOLS:
        yield f"And {amount(len(ranked) - _TOOLS, 'more tool')} with fewer calls."


def _sources(manifest: Mapping[str, Any]) -> Iterator[str]:
    sources = manifest.get("sources") or ()
    rows = [
        (
            code(str(one["file"])),
            *(str(one[key]) for key in ("read", "kept", "rejected", "deduplicated")),
            code(_digest(one)),
        )
        for one in sources[:_SOURCES]
    ]
    yield table(("file", "read", "kept", "rejected", "duplicates", "digest"), rows)
    if len(sources) > _SOURCES:
        yield f"And {len(sources) - _SOURCES} more files; the manifest lists all."


def _codes(manifest: Mapping[str, Any]) -> Iterator[str]:
    rows: list[Sequence[str]] = []
    for word, key in (
        ("rejected", "rejects_by_code"),
        ("repaired", "repairs_by_code"),
        ("noticed", "warnings_by_code"),
    ):
        counts = manifest.get(key) or {}
        for name, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            meaning = CATALOGUE[name].meaning if name in CATALOGUE else ""
            rows.append((str(n), word, code(name), words(meaning)))
    yield table(("rows", "", "code", "meaning"), rows) if rows else "Nothing."


def _audits(manifest: Mapping[str, Any]) -> Iterator[str]:
    found = sections(manifest.get("audit"))
    if not found:
        yield "Not audited."
    for section in found:
        yield f"### {words(spaced(section.name).capitalize())}"
        if section.figures:
            yield "\n".join(f"- {words(name)}: {words(value)}" for name, value in section.figures)
        for one in section.tables:
            if one.name:
                yield f"{words(one.name)}:"
            rows = one.rows if not one.name else one.rows[:_NAMED]
            columns = [words(column) for column in one.columns]
            yield table(columns, [[words(cell) for cell in row] for row in rows])
            more = one.more + len(one.rows) - len(rows)
            if more:
                yield f"And {more} more."


def _digest(one: Mapping[str, Any]) -> str:
    digest = str(one.get("digest") or "")
    return digest or (f"sha256:{one['sha256']}" if one.get("sha256") else "")
