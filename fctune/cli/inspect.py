"""`fctune inspect`: the rows of a dataset as the model will see them, its counts, a page of it."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated

import typer

from fctune.cli.options import JsonOpt, SeedOpt
from fctune.cli.output import out
from fctune.cli.writable import check_file
from fctune.errors import InputFault, UsageFault

if TYPE_CHECKING:
    from fctune.cli.inspect_rows import Render
    from fctune.dataset.inspect.place import Place
    from fctune.dataset.inspect.select import Selection

LANGUAGES = ("en", "zh")
_LIMIT = 20


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
    given = SimpleNamespace(**locals())
    from fctune.cli.inspect_rejected import show_rejected
    from fctune.cli.inspect_rows import View
    from fctune.cli.inspect_selected import show_rows, tell_none
    from fctune.dataset.inspect.before import Sources
    from fctune.dataset.inspect.place import find
    from fctune.dataset.inspect.rows import Rows

    _check_options(lang, grep, html, regex=regex)
    place = find(dataset, folder)
    rejected = rejected or not place.parts
    _check_together(given, place, rejected=rejected)
    wanted = _wanted(given, place)
    _check_words(wanted, place, rejected=rejected)
    if html is not None:
        _write_page(place, html, rows=html_rows, lang=lang)
    if rejected:
        show_rejected(place, wanted, limit=limit, json=json)
        return
    of_one = (row, lesson, tool, code, grep, sample, model, template, mask_history, tools, raw)
    typed = _typed(dataset, folder)
    if stats or not (any(of_one) or split or html):
        _show_stats(place, typed, split, json=json)
    elif any(of_one) or split:
        view = View(
            render=_render(model, template, place, mask_history=mask_history),
            tools=tools,
            sources=Sources(place) if raw else None,
            estimated=place.estimated,
        )
        rows = Rows(place)
        if not show_rows(rows, wanted, view, limit=limit, json=json):
            tell_none(rows, wanted, typed)


def _wanted(given: SimpleNamespace, place: Place) -> Selection:
    """Return which rows the options ask for."""
    from fctune.dataset.inspect.select import Selection, searcher

    return Selection(
        split=given.split,
        lesson=given.lesson,
        tool=given.tool,
        code=given.code,
        search=searcher(given.grep, regex=given.regex) if given.grep else None,
        words="" if given.regex else given.grep,
        row=_numbered(given.row, place),
        sample=given.sample,
        seed=given.seed,
    )


def _check_together(given: SimpleNamespace, place: Place, *, rejected: bool) -> None:
    """Refuse options that the rows or counts asked for would leave unread."""
    from fctune.cli.inspect_rejected import check_rejected

    kept = {
        "--row": given.row,
        "--lesson": given.lesson,
        "--tool": given.tool,
        "--model": given.model,
        "--template": given.template,
        "--mask-history": given.mask_history,
    }
    if rejected:
        page = None if place.parts else given.html  # the page of a dataset holds both
        kept |= {"--split": given.split, "--stats": given.stats, "--html": page}
        check_rejected(place, kept)
    elif given.stats:
        kept |= {"--code": given.code, "--grep": given.grep, "--sample": given.sample}
        names = ", ".join(option for option, value in kept.items() if value)
        if names:
            raise UsageFault(
                f"got {names} with --stats, which counts a whole dataset or --split",
                hint="leave out --stats to see those rows",
            )


def _check_options(lang: str, grep: str, html: Path | None, *, regex: bool) -> None:
    if lang not in LANGUAGES:
        raise UsageFault(f"got --lang {lang!r}, expected en or zh")
    if regex and not grep:
        raise UsageFault("got --regex without --grep", hint="--grep 'order [0-9]+' --regex")
    if html is not None:
        check_file(html, "--html")


def _typed(dataset: str, folder: Path) -> str:
    """Return how the user named the dataset, to be typed again."""
    where = (
        ""
        if folder == Path("data") or Path(dataset).is_file()
        else f" --dir {shlex.quote(str(folder))}"
    )
    return shlex.quote(dataset) + where


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


def _show_stats(place: Place, typed: str, split: str, *, json: bool) -> None:
    """Print the counts of a dataset, or of one split; of a file without rows say so and fail."""
    from fctune.cli.inspect_stats import print_stats, stats_document
    from fctune.dataset.inspect.damage import no_rows, none_readable
    from fctune.dataset.inspect.rows import Rows
    from fctune.dataset.inspect.survey import survey

    if split:
        place = replace(place, parts=tuple(part for part in place.parts if part.split == split))
    found = survey(Rows(place), read=20_000)
    first = found.first_damaged
    empty = not found.read or (first is not None and found.damaged == found.read)
    if json:
        out.json(stats_document(place, found))
    elif not empty:
        print_stats(place, found, typed)
    if empty:
        raise none_readable(place, first, found.read) if first is not None else no_rows(place)


def _write_page(place: Place, target: Path, *, rows: int, lang: str) -> None:
    from fctune.dataset.page.report import page_of
    from fctune.jsonl import write_text

    write_text(target, page_of(place, target.parent, lang=lang, most=rows))
    out.note(f"wrote {target}")
