"""The HTML report of a dataset: its counts, and a browser of its rows.

Input: the Place of a dataset. Output: the text of one page that needs no network. Of a large
dataset only the sidecar is read whole; of the rows, those that the page holds and at most 2,000
more for sizes are read, by their place in the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fctune.catalogue import CATALOGUE
from fctune.dataset.inspect.audits import not_made, sections
from fctune.dataset.inspect.before import Sources
from fctune.dataset.inspect.bins import bars_of, bars_of_counts, quantile
from fctune.dataset.inspect.marks import visible
from fctune.dataset.inspect.place import SPLITS, Place, of_manifest
from fctune.dataset.inspect.rejected import RejectedRow, some_rejected
from fctune.dataset.inspect.rows import Rows
from fctune.dataset.inspect.survey import Survey, survey
from fctune.dataset.page.embed import Embedded, relative, script_json
from fctune.dataset.page.plots import histogram, stacked
from fctune.dataset.page.words import words
from fctune.dataset.targets import manifest_name, report_name
from fctune.jsonl import write_text

ROWS = 2_000
UNGROUNDED = "argument-ungrounded"
_READ = 2_000
_TOOLS = 25
# Labels that the script needs; the others are written by the template.
_SCRIPT_WORDS = (
    "accepted repaired rejected all found more nothing system user model call result learned before"
    " after marked because hint raw from in tokens cut tools_shown unknown damaged part gone"
    " tools changed large several left_out error repair warning lesson code"
)


def write_report(
    folder: Path,
    name: str,
    *,
    lang: str = "en",
    most: int = ROWS,
    verified: bool = False,
    home: Path | None = None,
) -> Path:
    """Write `<name>.report.html` beside a dataset; return its path.

    Args:
        folder: the folder of the dataset's files.
        name: its name.
        lang: language of the labels, en or zh.
        most: the most rows on the page.
        verified: the raw files are those of the manifest, as right after preparing: no digest of
            them is made again.
        home: where the files will be moved to, if they are staged; links lead from there.

    Raises:
        InputFault: a file of the dataset cannot be read, or the page not be written.
    """
    target = folder / report_name(name)
    place = replace(of_manifest(folder / manifest_name(name)), home=home)
    text = page_of(place, home or folder, lang=lang, most=most, verified=verified)
    write_text(target, text)
    return target


def page_of(
    place: Place, folder: Path, *, lang: str = "en", most: int = ROWS, verified: bool = False
) -> str:
    """Return the text of the page.

    Args:
        place: the dataset.
        folder: the folder of the page, from which its links lead.
        lang: language of the labels.
        most: the most rows on the page.
        verified: as in `write_report`.

    Raises:
        InputFault: a file of the dataset cannot be read.
    """
    from fctune.pages import render_page

    rejects: list[RejectedRow] = []
    rejected = 0
    if place.rejects is not None:
        rejects, rejected = some_rejected(place.rejects, max(1, most // 4))
    rows = Rows(place)
    found = survey(rows, read=_READ, pick=max(1, most - len(rejects)))
    embedded = Embedded(Sources(place, verified=verified), folder)
    embedded.add(list(rows.rows(found.picked)))
    written = len(embedded.rows)
    embedded.add_rejected(rejects)
    labels = words(lang)
    counts = {
        "shown": written,
        "total": found.total,
        "rejects": len(rejects),
        "rejected": rejected,
        "name": place.name,
    }
    return render_page(
        "dataset.html",
        lang=lang,
        t=labels,
        name=visible(place.name),
        counts=counts,
        data=script_json(_data(place, folder, embedded, labels)),
        view=_view(place, found, labels, embedded),
    )


def _data(
    place: Place, folder: Path, embedded: Embedded, labels: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the script reads: rows, tools, codes, labels."""
    used = {code for row in embedded.rows for code in row["codes"]}
    used |= {found["code"] for row in embedded.rows for found in row.get("issues", ())}
    script_words = {*_SCRIPT_WORDS.split(), *(key for key in labels if key.startswith("lesson_"))}
    return {
        "name": place.name,
        "estimated": place.estimated,
        "rows": embedded.rows,
        "tools": embedded.tools,
        "splits": {
            part.split: relative((place.home or part.path.parent) / part.path.name, folder)
            for part in place.parts
        },
        "codes": {
            code: {"severity": entry.severity.value, "meaning": entry.meaning, "hint": entry.hint}
            for code in sorted(used)
            if (entry := CATALOGUE.get(code)) is not None
        },
        "labels": {key: labels[key] for key in sorted(script_words)},
    }


def _view(
    place: Place, found: Survey, labels: Mapping[str, str], embedded: Embedded
) -> dict[str, Any]:
    """Return what the template shows above the rows."""
    manifest = place.manifest
    ranked = sorted(found.tools.items(), key=lambda item: (-item[1], item[0]))
    tools = stacked((visible(name), {"": calls}, f"#tool={name}") for name, calls in ranked)
    lengths = manifest.get("lengths") or {}
    return {
        "made": bool(manifest),
        "version": manifest.get("fctune_version", ""),
        "sidecar": place.sidecar is not None,
        "tiles": _tiles(place, found, labels),
        "splits": list(found.rows),
        "lessons": _lessons(found, labels),
        "lessons_read": found.lessons_read,
        "codes": _codes(manifest),
        "tools": tools[:_TOOLS],
        "more_tools": tools[_TOOLS:],
        "total": found.total,
        "read": found.read,
        "measured": found.measured,
        "lengths": histogram(bars_of(found.lengths)),
        "lengths_read": len(found.lengths),
        "quantiles": {
            "p50": quantile(found.lengths, 0.5),
            "p95": quantile(found.lengths, 0.95),
            "max": max(found.lengths, default=0),
        },
        "cutoff": lengths.get("cutoff_len"),
        "tool_counts": histogram(bars_of_counts(found.tool_counts)),
        "audited": bool(manifest.get("audit")),
        "sections": [
            {"title": labels.get(one.name, visible(one.name)), "one": _shown(one)}
            for one in sections(manifest.get("audit"))
        ],
        "not_made": [labels.get(one, visible(one)) for one in not_made(manifest.get("audit"))],
        "sources": _sources(manifest, embedded),
        "settings": [
            (key, visible(str(value))) for key, value in (manifest.get("settings") or {}).items()
        ],
        "damaged": found.damaged,
    }


def _tiles(place: Place, found: Survey, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the figures at the head: number, what it is, how it is to be taken."""
    manifest = place.manifest
    tiles = [{"label": labels["written"], "number": found.total, "mood": ""}]
    for split, rows in found.rows.items():
        label = labels[split] if split in SPLITS else visible(split)
        if len(found.rows) > 1:
            tiles.append({"label": label, "number": rows, "mood": ""})
    for key, mood in (
        ("read", ""),
        ("kept", ""),
        ("repaired", "warn"),
        ("rejected", "bad"),
        ("deduplicated", ""),
    ):
        if key in manifest:
            number = manifest[key]
            tiles.append({"label": labels[key], "number": number, "mood": mood if number else ""})
    if manifest.get("audit"):
        rows = (manifest.get("warnings_by_code") or {}).get(UNGROUNDED, 0)
        mood = "warn" if rows else "good"
        tiles.append({"label": labels["ungrounded"], "number": rows, "mood": mood})
    tiles.append({"label": labels["tool_count"], "number": len(found.tools), "mood": ""})
    return tiles


def _lessons(found: Survey, labels: Mapping[str, str]) -> Any:
    names = sorted({lesson for counts in found.lessons.values() for lesson in counts})
    return stacked(
        (
            labels.get(f"lesson_{lesson}", lesson or labels["damaged"]),
            {split: counts.get(lesson, 0) for split, counts in found.lessons.items()},
            f"#lesson={lesson}",
        )
        for lesson in names
    )


def _codes(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the codes of the manifest: rejects first, each group by its rows."""
    listed = []
    for severity, key in (
        ("error", "rejects_by_code"),
        ("repair", "repairs_by_code"),
        ("warning", "warnings_by_code"),
    ):
        counts = manifest.get(key) or {}
        for code, rows in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            entry = CATALOGUE.get(code)
            meaning, hint = (entry.meaning, entry.hint) if entry else ("", "")
            listed.append(
                {"code": code, "rows": rows, "severity": severity, "meaning": meaning, "hint": hint}
            )
    return listed


def _sources(manifest: Mapping[str, Any], embedded: Embedded) -> list[dict[str, Any]]:
    return [
        {
            "file": visible(str(one.get("file", ""))),
            "link": embedded.link(f"{one.get('file', '')}:1"),
            "digest": str(one.get("digest") or one.get("sha256") or ""),
            "read": one.get("read", ""),
            "kept": one.get("kept", ""),
            "rejected": one.get("rejected", ""),
            "deduplicated": one.get("deduplicated", ""),
        }
        for one in manifest.get("sources") or ()
    ]


def _shown(section: Any) -> dict[str, Any]:
    """Return a section with hidden marks shown."""
    return {
        "figures": [(visible(name), visible(value)) for name, value in section.figures],
        "tables": [
            {
                "name": visible(table.name),
                "columns": [visible(one) for one in table.columns],
                "rows": [[visible(one) for one in row] for row in table.rows],
                "more": table.more,
            }
            for table in section.tables
        ],
    }
