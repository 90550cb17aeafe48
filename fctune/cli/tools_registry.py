"""`fctune tools registry`: the tools known to a project, with their versions and history."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fctune.cli.options import DbOpt, DryRunOpt, JsonOpt
from fctune.cli.output import out
from fctune.cli.tools_left_out import left_out_words
from fctune.dataset.amounts import amount

if TYPE_CHECKING:
    from fctune.tools.registry import Added, Event, KnownTool

_WHAT = {
    "added": "new",
    "version": "with a new version",
    "reverted": "as at this version again",
    "restored": "back after removal",
    "details": "with other examples, result or request",
    "unchanged": "unchanged",
}
ByOpt = Annotated[
    str | None, typer.Option(help="Who does it, for the history; default: the user's name.")
]


def add(
    file: Annotated[
        Path,
        typer.Argument(help="A tool file, or a NAME.manifest.json.", show_default=False),
    ],
    origin: Annotated[
        str | None, typer.Option(help="Where the tools are from; default: the file.")
    ] = None,
    by: ByOpt = None,
    db: DbOpt = None,
    json: JsonOpt = False,
    dry_run: DryRunOpt = False,
) -> None:
    """Add tools; those that are known get a new version where they changed.

    A tool as the model sees it is a version: 1, 2, 3 ... A tool that is as it was at an earlier
    version becomes that version again. Tools that the file does not have stay as they are.
    """
    from fctune.tools.diff.sources import load_side
    from fctune.tools.registry import open_registry
    from fctune.tools.registry.faults import quoted

    side = load_side(file)
    for found in side.issues:
        out.issue(found, side.label)
    if left_out := left_out_words(side.issues):
        out.warn(f"{side.label}: {left_out}", hint=f"fctune tools check {file}")
    if several := sorted({*side.others, *side.unseen}):
        names = _names(several)
        out.warn(f"{file} has other versions of these too; one of each is added: {names}")
    with open_registry(db, create=True, dry_run=dry_run, by=by) as registry:
        source = origin if origin is not None else str(file)
        added = registry.add(side.catalog, origin=source)
        shown, remove = registry.shown, registry.command("remove")
        left = [one.name for one in registry.tools() if one.origin == source]
    if json:
        out.json({"registry": shown, "dry_run": dry_run, "tools": [one.as_dict() for one in added]})
    else:
        _show_added(added, shown, dry_run=dry_run)
    gone = [name for name in left if side.catalog.get(name) is None]
    if gone:
        out.warn(
            f"{amount(len(gone), 'tool')} came from {source} before and not now",
            hint=f"if they are gone: {remove} {' '.join(map(quoted, gone[:5]))}",
        )


def _show_added(added: tuple[Added, ...], shown: str, *, dry_run: bool) -> None:
    rows = [(one.tool, str(one.version), _WHAT[one.status], one.impact or "-") for one in added]
    out.table(("tool", "version", "what", "class"), rows)
    for one in added:
        for change in one.changes:
            place = f".{change.place}" if change.place else ""
            out.note(f"{one.tool}{place}: {change.message} [{change.impact.value}]")
    counts = {status: sum(one.status == status for one in added) for status in _WHAT}
    summary = ", ".join(f"{count} {_WHAT[status]}" for status, count in counts.items() if count)
    out.data(f"\n{shown}: {summary}" + ("; nothing is written" if dry_run else ""))


def remove(
    names: Annotated[list[str], typer.Argument(help="Names of tools.", show_default=False)],
    by: ByOpt = None,
    db: DbOpt = None,
    json: JsonOpt = False,
    dry_run: DryRunOpt = False,
) -> None:
    """Mark tools as removed; their versions, counts and history stay.

    `registry add` brings a removed tool back.
    """
    from fctune.tools.registry import open_registry

    with open_registry(db, dry_run=dry_run, by=by) as registry:
        removed = registry.remove(names)
    if json:
        out.json({"dry_run": dry_run, "tools": [one.as_dict() for one in removed]})
        return
    for one in removed:
        words = "removed" if one.done else "was removed before"
        out.data(f"{one.tool}: {words}" + (", nothing is written" if dry_run else ""))


def list_tools(
    every: Annotated[bool, typer.Option("--all", help="Removed tools too.")] = False,
    db: DbOpt = None,
    json: JsonOpt = False,
) -> None:
    """List the tools: version, training calls, last accuracy, since when, where from.

    Counts are of the current version. (v1: 80) says that version 1 has 80 training calls, and
    0.912 (v1) that version 1 was measured last.
    """
    from fctune.tools.registry import open_registry

    with open_registry(db) as registry:
        tools, shown = registry.tools(removed=every), registry.shown
    if json:
        out.json({"registry": shown, "tools": [tool.as_dict() for tool in tools]})
        return
    rows = [_row(tool) for tool in tools]
    out.table(("tool", "version", "trained", "accuracy", "since", "origin"), rows)
    out.note(f"{shown}: {amount(len(tools), 'tool')}")


def _row(tool: KnownTool) -> tuple[str, ...]:
    version = f"{tool.version}, removed" if tool.removed else str(tool.version)
    others = [f"v{v}: {calls}" for v, calls in tool.trained.items() if v != tool.version]
    trained = str(tool.trained.get(tool.version, 0)) + (f" ({', '.join(others)})" if others else "")
    accuracy = "-"
    if tool.accuracy is not None:
        older = f" (v{tool.accuracy.version})" if tool.accuracy.version != tool.version else ""
        accuracy = f"{tool.accuracy.value:.3f}{older}"
    return tool.name, version, trained, accuracy, _minute(tool.since), tool.origin


def history(
    name: Annotated[
        str | None, typer.Argument(help="A tool; default: all.", show_default=False)
    ] = None,
    db: DbOpt = None,
    json: JsonOpt = False,
) -> None:
    """Show what was done, the oldest change first.

    Nothing in it is ever changed or deleted; the database itself refuses that.
    """
    from fctune.tools.registry import open_registry

    with open_registry(db) as registry:
        events = registry.history(name)
    if json:
        out.json([event.as_dict() for event in events])
        return
    rows = [
        (
            _minute(event.at),
            event.by,
            event.event,
            event.tool,
            str(event.version or "-"),
            event.impact or "-",
            _detail(event),
        )
        for event in events
    ]
    out.table(("time (UTC)", "by", "event", "tool", "version", "class", "detail"), rows)


def _minute(time: str) -> str:
    return time[:16].replace("T", " ")


def _detail(event: Event) -> str:
    detail = event.detail
    if event.event == "trained":
        was = f", {detail['calls_before']} before" if detail["calls_before"] else ""
        return f"{amount(detail['calls'], 'call')} in {detail['dataset']}{was}"
    if event.event == "measured":
        right = f"{detail['num']} of {amount(detail['den'], 'call')}"
        return f"{detail['value']:.3f}, {right}, {detail['source']}"
    changes = detail.get("changes") or []
    more = f" and {len(changes) - 1} more" if len(changes) > 1 else ""
    return f"{changes[0]}{more}" if changes else str(detail.get("origin", ""))


def show(
    tool: Annotated[str, typer.Argument(help="NAME or NAME@VERSION.", show_default=False)],
    db: DbOpt = None,
    json: JsonOpt = False,
) -> None:
    """Show one version of a tool, the current one by default.

    As text, it is a tool file that `fctune tools check` reads.
    """
    from fctune.tools.registry import open_registry
    from fctune.tools.registry.store import parse_choice

    with open_registry(db) as registry:
        found = registry.version(*parse_choice(tool))
    if json:
        out.json(found.as_dict())
        return
    import yaml

    since = f", {found.impact} against the version before" if found.impact else ""
    out.note(f"version {found.version}, {_minute(found.added)} UTC, from {found.origin}{since}")
    text = yaml.safe_dump([found.spec.as_document()], allow_unicode=True, sort_keys=False)
    out.data(text.rstrip("\n"))


def export(
    out_file: Annotated[
        Path, typer.Option("--out", help="The catalogue to write: .yaml or .json.")
    ],
    db: DbOpt = None,
    json: JsonOpt = False,
    dry_run: DryRunOpt = False,
) -> None:
    """Write the current tools as a catalogue, for `fctune prepare --tools`."""
    from fctune.errors import ProblemsFound
    from fctune.tools.registry import open_registry
    from fctune.tools.write import write_catalog

    with open_registry(db) as registry:
        catalog, shown = registry.catalog(), registry.shown
        hint = registry.command("list --all")
    if not catalog.specs:
        raise ProblemsFound("all tools are removed; nothing is written", where=shown, hint=hint)
    if not dry_run:
        write_catalog(catalog, out_file)
    if json:
        value = {"file": str(out_file), "tools": list(catalog.names)}
        out.json({**value, "fingerprint": catalog.fingerprint, "dry_run": dry_run})
    else:
        words = f"{amount(len(catalog), 'tool')} {'would be ' if dry_run else ''}written"
        out.data(f"{out_file}: {words}")


def record(
    path: Annotated[
        Path,
        typer.Argument(
            help="NAME.manifest.json of a dataset, or the result folder of eval or score.",
            show_default=False,
        ),
    ],
    by: ByOpt = None,
    db: DbOpt = None,
    json: JsonOpt = False,
    dry_run: DryRunOpt = False,
) -> None:
    """Note training calls from a dataset's manifest, or accuracies from results.

    The same file again changes nothing. A dataset that was prepared again under its name replaces
    its earlier counts.
    """
    from fctune.tools.registry import open_registry

    with open_registry(db, dry_run=dry_run, by=by) as registry:
        recorded, adding = registry.record(path), registry.command("add TOOLS.yaml")
    if json:
        out.json({"dry_run": dry_run, **recorded.as_dict()})
    else:
        if recorded.noted:
            out.table(("tool", recorded.kind), list(recorded.noted.items()))
        tail = "; nothing is written" if dry_run else ""
        out.data(f"{recorded.source}: {amount(len(recorded.noted), 'tool')} noted{tail}")
    if recorded.unknown:
        out.warn(f"not in the registry: {_names(recorded.unknown)}", hint=adding)
    if recorded.unmatched:
        out.warn(
            f"the registry has no such version of: {_names(recorded.unmatched)}",
            hint="add the tool file that the dataset was prepared with, then record again",
        )


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
