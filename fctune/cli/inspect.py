"""`fctune inspect`: the rows of a dataset as the model will see them, its counts, a page of it."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fctune.cli.options import JsonOpt, SeedOpt
from fctune.cli.output import out
from fctune.cli.writable import check_file
from fctune.errors import InputFault, UsageFault

if TYPE_CHECKING:
    from fctune.cli.inspect_rows import Render, View
    from fctune.dataset.inspect.place import Place
    from fctune.dataset.inspect.rows import Rows
    from fctune.dataset.inspect.select import Selection

LANGUAGES = ("en", "zh")
_LIMIT, _TOOLS = 20, 12


def command(
    dataset: Annotated[
        str,
        typer.Argument(
            help="Name in dataset_info.json, a manifest, or a file of rows.", show_default=False
        ),
    ],
    folder: Annotated[
        Path, typer.Option("--dir", help="Folder of dataset_info.json, for names.")
    ] = Path("data"),
    row: Annotated[str | None, typer.Option(help="One row, such as train:12.")] = None,
    split: Annotated[str, typer.Option(help="Rows of train, dev or test.")] = "",
    lesson: Annotated[str, typer.Option(help="Rows of this lesson, such as ask_back.")] = "",
    tool: Annotated[str, typer.Option(help="Rows that list or call this tool.")] = "",
    code: Annotated[str, typer.Option(help="Rows with this issue code; may end in *.")] = "",
    grep: Annotated[str, typer.Option(help="Rows with these words, in any case.")] = "",
    regex: Annotated[
        bool, typer.Option("--regex", help="Read --grep as a pattern (Rust regex, linear time).")
    ] = False,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="The rejected rows, with reasons and hints.")
    ] = False,
    sample: Annotated[int, typer.Option(help="Draw this many of the rows, by --seed.", min=0)] = 0,
    seed: SeedOpt = 42,
    limit: Annotated[
        int, typer.Option(help="Show at most this many rows; 0 shows all.", min=0)
    ] = _LIMIT,
    tools: Annotated[bool, typer.Option("--tools", help="Show the tools in full.")] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Show the raw row too, read again from its origin.")
    ] = False,
    stats: Annotated[
        bool, typer.Option("--stats", help="Show the counts; the default without a filter.")
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(help="Model folder or id: show the prompt as trained, with its loss mask."),
    ] = None,
    template: Annotated[
        str | None, typer.Option(help="Engine template; default: the dataset's, else qwen.")
    ] = None,
    mask_history: Annotated[
        bool, typer.Option("--mask-history", help="Train the last answer only, as that key does.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write a page with counts and a browser of rows.")
    ] = None,
    html_rows: Annotated[int, typer.Option(help="The most rows on the page.", min=1)] = 2000,
    lang: Annotated[str, typer.Option(help="Labels of the page: en or zh.")] = "en",
    json: JsonOpt = False,
) -> None:
    """Show a dataset: counts first; with a filter, its rows as the model will see them.

    Reads what `fctune prepare` wrote, and any ShareGPT or Alpaca file of dataset_info.json. With
    --model (needs the [train] extra) rows are shown as the engine trains them: trained tokens in
    colour, or between ⟦ and ⟧ where there are no colours.
    """
    from fctune.cli.inspect_rows import View
    from fctune.dataset.inspect.before import Sources
    from fctune.dataset.inspect.place import find
    from fctune.dataset.inspect.rows import Rows
    from fctune.dataset.inspect.select import Selection, searcher

    _check_options(lang, grep, html, regex=regex)
    place = find(dataset, folder)
    wanted = Selection(
        split=split,
        lesson=lesson,
        tool=tool,
        code=code,
        search=searcher(grep, regex=regex) if grep else None,
        words="" if regex else grep,
        row=_numbered(row, place),
        sample=sample,
        seed=seed,
    )
    _check_words(wanted, place, rejected=rejected)
    filters = (row, split, lesson, tool, code, grep, sample)
    filtered = any((*filters, model, template, mask_history, tools, raw))
    if html is not None:
        _write_page(place, html, rows=html_rows, lang=lang)
    if rejected:
        _show_rejected(place, wanted, limit=sample or limit, json=json)
    elif stats or (not filtered and html is None):
        _show_stats(Rows(place), dataset, json=json)
    elif filtered:
        render = _render(model, template, place, mask_history=mask_history)
        view = View(
            render=render,
            tools=tools,
            sources=Sources(place) if raw else None,
            estimated=place.estimated,
        )
        _show_rows(Rows(place), wanted, view, limit=limit, json=json)


def _check_options(lang: str, grep: str, html: Path | None, *, regex: bool) -> None:
    if lang not in LANGUAGES:
        raise UsageFault(f"got --lang {lang!r}, expected en or zh")
    if regex and not grep:
        raise UsageFault("got --regex without --grep", hint="--grep 'order [0-9]+' --regex")
    if html is not None:
        check_file(html, "--html")


def _numbered(row: str | None, place: Place) -> tuple[str, int] | None:
    if row is None:
        return None
    split, _, number = row.rpartition(":")
    splits = [part.split for part in place.parts]
    if not number.isdecimal() or (split or splits[0]) not in splits:
        raise UsageFault(
            f"got --row {row!r}, expected a split and a line, one of {', '.join(splits)}",
            hint=f"--row {splits[0]}:1",
        )
    return split or splits[0], int(number)


def _check_words(wanted: Selection, place: Place, *, rejected: bool) -> None:
    """Refuse a word that no row can have: an empty answer would look like a finding."""
    from fctune.catalogue import CATALOGUE
    from fctune.conversations.turns import Lesson

    lessons = [lesson.value for lesson in Lesson]
    splits = [part.split for part in place.parts]
    for option, word, known in (
        ("--lesson", wanted.lesson, lessons),
        ("--split", wanted.split, splits),
        ("--code", wanted.code, list(CATALOGUE)),
    ):
        family = option == "--code" and word.endswith("*")
        if family and any(one.startswith(word[:-1]) for one in known):
            continue
        if word and word not in known:
            from fctune.engine.arguments import nearest

            like = nearest(word, known)
            hint = f"{option} {like}" if like else f"one of {', '.join(known[:12])}"
            raise UsageFault(f"got {option} {word!r}, which no row has", hint=hint)
    if wanted.code and not rejected and place.sidecar is None:
        raise InputFault(
            "the codes of its rows are not known: it has no sidecar of rows",
            where=place.name,
            hint="prepare it with this version of fctune, or look at --rejected",
        )
    if rejected and place.rejects is None:
        raise InputFault(
            "it has no file of rejected rows", where=place.name, hint="fctune prepare writes it"
        )


def _render(
    model: str | None, template: str | None, place: Place, *, mask_history: bool
) -> Render | None:
    """Return what shows a row as the engine trains it; None without a model."""
    if model is None:
        if template or mask_history:
            raise UsageFault(
                "got --template or --mask-history without --model",
                hint="add --model, a folder or id, whose tokens are shown",
            )
        return None
    from fctune.engine.rendered import rendered
    from fctune.engine.templates import EngineTemplate

    settings = place.manifest.get("settings") or {}
    bound = EngineTemplate.load(model, template or str(settings.get("template") or "qwen"))
    return lambda row: rendered(
        bound,
        row.system,
        row.tools_text,
        [(turn.role, turn.written) for turn in row.turns],
        mask_history=mask_history,
    )


def _show_stats(rows: Rows, typed: str, *, json: bool) -> None:
    from fctune.cli.inspect_stats import print_stats, stats_document
    from fctune.dataset.inspect.survey import survey

    found = survey(rows, read=20_000)
    if json:
        out.json(stats_document(rows.place, found))
    else:
        print_stats(rows.place, found, typed)


def _show_rows(
    rows: Rows,
    wanted: Selection,
    view: View,
    *,
    limit: int,
    json: bool,
) -> None:
    from fctune.cli.inspect_rows import print_row, row_document
    from fctune.dataset.inspect.select import selected

    found = selected(rows, wanted)
    most = None if wanted.sample or not limit else limit
    documents: list[dict[str, Any]] = []
    shown = 0
    for row in islice(found, most):
        shown += 1
        if json:
            documents.append(row_document(row, view))
        else:
            print_row(row, view)
    if json:
        out.json({"dataset": rows.place.name, "rows": documents})
    if not shown and wanted.row is not None:
        split, number = wanted.row
        raise InputFault(
            f"it has no row {split}:{number}; {split} has {rows.counts[split]} lines",
            where=rows.place.name,
        )
    if most is not None and shown == most and next(found, None) is not None:
        out.note(f"{shown} rows shown, there are more: --limit 0 shows all, --sample N draws some")
    elif not shown:
        out.note("no row fits" + (_called(rows) if wanted.tool else ""))


def _called(rows: Rows) -> str:
    """Return which tools the rows call, as the end of a sentence."""
    from fctune.dataset.inspect.survey import survey

    tools = [name for name, _ in survey(rows, read=20_000).tools.most_common()]
    more = f", and {len(tools) - _TOOLS} more" if len(tools) > _TOOLS else ""
    return f"; tools that rows call: {', '.join(tools[:_TOOLS])}{more}" if tools else ""


def _show_rejected(place: Place, wanted: Selection, *, limit: int, json: bool) -> None:
    from fctune.cli.inspect_rows import print_rejected, rejected_document
    from fctune.dataset.inspect.rejected import rejected_rows

    if place.rejects is None:
        return
    found = rejected_rows(place.rejects, code=wanted.code)
    if wanted.search is not None:
        search = wanted.search
        found = (row for row in found if search(str(row.raw)) or search(row.origin))
    shown: list[dict[str, Any]] = []
    for row in islice(found, limit or None):
        shown.append(rejected_document(row))
        if not json:
            print_rejected(row)
    if json:
        out.json({"dataset": place.name, "rejected": shown})
    if limit and len(shown) == limit and next(found, None) is not None:
        out.note(f"{limit} rows shown, there are more: --limit 0 shows all")
    elif not shown:
        out.note("no rejected row fits")


def _write_page(place: Place, target: Path, *, rows: int, lang: str) -> None:
    from fctune.dataset.page.report import page_of
    from fctune.jsonl import write_text

    write_text(target, page_of(place, target.parent, lang=lang, most=rows))
    out.note(f"wrote {target}")
