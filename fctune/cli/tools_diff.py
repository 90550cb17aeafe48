"""`fctune tools diff`: what changed between two catalogues, and what that means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fctune.cli.options import DbOpt, JsonOpt
from fctune.cli.output import out
from fctune.cli.tools_left_out import left_out_words
from fctune.dataset.amounts import amount
from fctune.errors import ProblemsFound, UsageFault

if TYPE_CHECKING:
    from fctune.tools.diff.compare import CatalogDiff
    from fctune.tools.diff.sources import Side

REGISTRY_PREFIX = "registry:"
_LIMITS = {"breaking": ("breaking",), "retrain": ("breaking", "retrain"), "none": ()}


def command(
    old: Annotated[
        str,
        typer.Argument(
            help="What the model was trained with: a tool file, a NAME.manifest.json, a run's "
            "output folder, or registry:NAME@VERSION.",
            show_default=False,
        ),
    ],
    new: Annotated[
        str,
        typer.Argument(help="What its calls meet now, named in the same ways.", show_default=False),
    ],
    fail_on: Annotated[
        str, typer.Option(help="Exit 1 from this class on: breaking, retrain, or none.")
    ] = "breaking",
    db: DbOpt = None,
    json: JsonOpt = False,
) -> None:
    """Say what changed between two catalogues, and what that means for a trained model.

    breaking: calls that the model makes would be refused. retrain: old calls stay valid, and the
    model cannot know what is new. compatible: words and notes only. registry: alone stands for all
    current tools of the registry.
    """
    from fctune.tools.diff.sources import diff_sides

    if fail_on not in _LIMITS:
        raise UsageFault(f"got --fail-on {fail_on!r}, expected breaking, retrain or none")
    before, after = _sides(old, new, db)
    diff = diff_sides(before, after)
    for side in (before, after):
        _warn_unusable(side)
    if json:
        out.json(_document(diff, before, after))
    else:
        _show(diff, before, after)
    failing = sum(diff.counts[word] for word in _LIMITS[fail_on])
    if failing:
        words = "change is" if failing == 1 else "changes are"
        raise ProblemsFound(
            f"{failing} {words} {' or '.join(_LIMITS[fail_on])} for a model of {before.label}",
            where=after.label,
            hint=_hint(diff, before, after),
        )


def _sides(old: str, new: str, db: str | None) -> tuple[Side, Side]:
    """Return both sides; where one is a single tool of the registry, the other is cut to it."""
    before, after = _side(old, db), _side(new, db)
    single = [_single(text) for text in (old, new)]
    if single[0] and not single[1]:
        after = after.only({single[0]})
    elif single[1] and not single[0]:
        before = before.only({single[1]})
    return before, after


def _single(text: str) -> str:
    name = text.removeprefix(REGISTRY_PREFIX).partition("@")[0]
    return name if text.startswith(REGISTRY_PREFIX) else ""


def _side(text: str, db: str | None) -> Side:
    from fctune.tools.diff.sources import Side, load_side

    if not text.startswith(REGISTRY_PREFIX):
        return load_side(Path(text))
    from fctune.tools.registry import open_registry

    with open_registry(db) as registry:
        catalog = registry.chosen(text.removeprefix(REGISTRY_PREFIX))
    label = "the registry" if text == REGISTRY_PREFIX else text
    return Side(label, catalog, ordered=False)


def _warn_unusable(side: Side) -> None:
    if side.issues:
        out.issue(side.issues[0], side.label)
        words = f"{side.label}: {left_out_words(side.issues)}"
        out.warn(words, hint=f"fctune tools check {side.label}")


def _document(diff: CatalogDiff, before: Side, after: Side) -> dict[str, object]:
    return {
        "old": {"source": before.label, "fingerprint": before.catalog.fingerprint},
        "new": {"source": after.label, "fingerprint": after.catalog.fingerprint},
        "impact": diff.impact.value if diff.impact else None,
        "counts": diff.counts,
        "changes": [change.as_dict() for change in diff.changes],
        "unchanged": list(diff.unchanged),
        "tool_mapping": diff.tool_mapping,
    }


def _show(diff: CatalogDiff, before: Side, after: Side) -> None:
    if diff.changes:
        rows = [(c.impact.value, c.tool, c.place, c.message) for c in diff.changes]
        out.table(("class", "tool", "parameter", "change"), rows)
        out.data("")
    if diff.tool_mapping:
        import yaml

        out.data("the renames as a mapping, so that a model of OLD can go on:")
        text = yaml.safe_dump(
            {"tool_mapping": diff.tool_mapping}, allow_unicode=True, sort_keys=False
        )
        out.data(text)
    counts = ", ".join(f"{count} {word}" for word, count in diff.counts.items())
    stayed = f"{len(diff.unchanged)} of {amount(len(before.names), 'tool')} unchanged"
    out.data(f"{before.label} to {after.label}: {counts}; {stayed}")


def _hint(diff: CatalogDiff, before: Side, after: Side) -> str:
    from fctune.tools.diff.compare import Impact

    if diff.impact is Impact.BREAKING:
        rename = "write the mapping above into the recipe, or " if diff.tool_mapping else ""
        return f"{rename}keep the old tools in service until a model is trained on {after.label}"
    return f"prepare rows that use what is new and train again; then serve {after.label}"
