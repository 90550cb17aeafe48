"""`fctune tools docs`: a readable page of a catalogue, in Markdown and HTML."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fctune.cli.options import DryRunOpt, JsonOpt
from fctune.cli.output import out
from fctune.dataset.amounts import amount
from fctune.errors import InputFault, ProblemsFound, UsageFault

if TYPE_CHECKING:
    from fctune.tools.page.build import CataloguePage
    from fctune.tools.spec import ToolCatalog


class PageFormat(StrEnum):
    """What a page is written in."""

    MD = "md"
    HTML = "html"


_SUFFIXES = {".md": PageFormat.MD, ".html": PageFormat.HTML, ".htm": PageFormat.HTML}


def command(
    file: Annotated[
        Path,
        typer.Argument(
            help="Tools: a catalogue, or anything that `fctune tools import` reads from a file.",
            show_default=False,
        ),
    ],
    to: Annotated[
        Path | None,
        typer.Option("--out", help="A .md or .html file, or a folder that gets both."),
    ] = None,
    format: Annotated[
        PageFormat | None,
        typer.Option("--format", help="Default: md on stdout, both in a folder."),
    ] = None,
    examples: Annotated[
        int | None, typer.Option(help="Examples per tool. Default: all of them.", min=0)
    ] = None,
    json: JsonOpt = False,
    dry_run: DryRunOpt = False,
) -> None:
    """A readable page of a catalogue: overview, parameters, examples, requests.

    Without --out the page goes to stdout. Examples that are woven into a description are shown as
    examples. Exits 1 where a tool of the file cannot be used; the page holds the others.
    """
    from fctune.tools.page.build import catalogue_page

    targets = _targets(file, to, format)
    catalog, errors = _catalog(file)
    page = catalogue_page(catalog, title=_stem(file), examples=examples)
    for target, kind in targets:
        _write(page, target, kind, dry_run=dry_run)
    if json:
        written = [] if dry_run else [str(target) for target, _ in targets]
        out.json({"file": str(file), **page.as_dict(), "written": written})
    elif not targets:
        out.data(_text(page, format or PageFormat.MD).removesuffix("\n"))
    if errors:
        raise ProblemsFound(
            f"{errors} errors; the page holds the tools that can be used",
            where=str(file),
            hint=f"fctune tools check {file}",
        )


def _targets(
    file: Path, to: Path | None, format: PageFormat | None
) -> list[tuple[Path, PageFormat]]:
    """Return the files to write: one that is named, or one per format in a folder."""
    if to is None:
        return []
    kind = None if to.is_dir() else _SUFFIXES.get(to.suffix.lower())
    if kind is None:
        if to.is_file() or (to.suffix and not to.is_dir()):
            raise UsageFault(
                f"got --out {to}, expected a folder, or a name that ends in .md or .html",
                hint=f"for a folder of that name: mkdir {to}",
            )
        kinds = [format] if format else list(PageFormat)
        return [(to / f"{_stem(file)}.{one.value}", one) for one in kinds]
    if format not in (None, kind):
        raise UsageFault(
            f"got --out {to} and --format {format}, which contradict each other",
            hint="leave --format out: the name tells it",
        )
    return [(to, kind)]


def _stem(file: Path) -> str:
    return file.resolve().name.removesuffix(file.suffix) or "tools"


def _catalog(file: Path) -> tuple[ToolCatalog, int]:
    from fctune.issues import Severity
    from fctune.tools.lint.report import open_tools

    opened = open_tools(file)
    issues = [*opened.issues, *(found for tool in opened.tools for found in tool.issues)]
    errors = [found for found in issues if found.severity is Severity.ERROR]
    for found in errors:
        out.issue(found, str(file))
    if not opened.catalog.specs:
        raise InputFault(
            "holds no tool that can be used", where=str(file), hint=f"fctune tools check {file}"
        )
    return opened.catalog, len(errors)


def _write(page: CataloguePage, target: Path, kind: PageFormat, *, dry_run: bool) -> None:
    from fctune.jsonl import write_text

    if dry_run:
        out.note(f"would write {target}: {amount(len(page.tools), 'tool')}")
        return
    write_text(target, _text(page, kind))
    out.note(f"wrote {target}: {amount(len(page.tools), 'tool')}")


def _text(page: CataloguePage, kind: PageFormat) -> str:
    from fctune.tools.page.html import html_page
    from fctune.tools.page.markdown import markdown_page

    return html_page(page) if kind is PageFormat.HTML else markdown_page(page)
