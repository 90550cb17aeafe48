"""`fctune tools confusions`: pairs of tools that a model will mistake for each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fctune.cli.options import JsonOpt
from fctune.cli.output import out
from fctune.cli.tools_left_out import left_out_words
from fctune.cli.writable import check_file
from fctune.dataset.amounts import amount
from fctune.errors import ProblemsFound, UsageFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fctune.tools.confusions import ConfusablePair

_SUFFIXES = (".html", ".htm")


def command(
    file: Annotated[Path, typer.Argument(help="Tool schemas, JSON or YAML.", show_default=False)],
    min_score: Annotated[
        float | None,
        typer.Option(
            help="List pairs from this score on, 0 to 1; default: the threshold of the benchmark.",
            min=0.0,
            max=1.0,
            show_default=False,
        ),
    ] = None,
    top: Annotated[
        int, typer.Option(help="Print at most this many pairs; 0 for all. Gates see all.", min=0)
    ] = 20,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Write a page with the heat map here; a name in .html.", show_default=False
        ),
    ] = None,
    max_pairs: Annotated[
        int | None,
        typer.Option(help="Exit 1 where more pairs than this are listed.", min=0),
    ] = None,
    fail_above: Annotated[
        float | None,
        typer.Option(help="Exit 1 where a pair scores above this.", min=0.0, max=1.0),
    ] = None,
    json: JsonOpt = False,
) -> None:
    """Find pairs of tools that a model will mistake for each other, why, and what to do.

    Reads names, descriptions and parameters in English and Chinese; runs no model.
    """
    from fctune.tools.confusions.find import survey
    from fctune.tools.confusions.page import report_page
    from fctune.tools.confusions.score import DEFAULT_MIN_SCORE
    from fctune.tools.read import load_catalog

    if report is not None:
        _check_report(file, report)
    catalog, issues = load_catalog(file)
    if left_out := left_out_words(issues):
        out.warn(f"{file}: {left_out}", hint=f"fctune tools check {file}")
    if left_out and not len(catalog):
        raise ProblemsFound(
            "holds no tool that can be used", where=str(file), hint=f"fctune tools check {file}"
        )
    least = DEFAULT_MIN_SCORE if min_score is None else min_score
    found = survey(catalog, min_score=least)
    if report is not None:
        _write_report(report, report_page(catalog, found, file.name, least))
    shown = found.pairs[: top or None]
    if json:
        out.json(
            {
                "file": str(file),
                "tools": len(catalog),
                "fingerprint": catalog.fingerprint,
                "min_score": least,
                "pairs_found": len(found.pairs),
                "pairs": [pair.as_dict() for pair in shown],
            }
        )
    else:
        _print(shown)
        _summary(file, len(catalog), found.pairs, shown, least)
    _gate(file, found.pairs, max(found.scores.values(), default=0.0), max_pairs, fail_above)


def _check_report(file: Path, report: Path) -> None:
    if report.suffix.lower() not in _SUFFIXES or report.is_dir():
        raise UsageFault(f"got --report {report}, expected a file name in .html or .htm")
    check_file(report, "--report", (file,))


def _write_report(report: Path, page: str) -> None:
    from fctune.jsonl import write_text

    made = not report.parent.exists()
    write_text(report, page)
    out.note(f"report: {report}" + (f" (made the folder {report.parent})" if made else ""))


def _print(shown: Sequence[ConfusablePair]) -> None:
    if not shown:
        return
    rows = [
        (f"{p.score:.2f}", p.a, p.b, "; ".join(reason.text for reason in p.reasons[:2]))
        for p in shown
    ]
    out.table(("score", "tool", "taken for", "because"), rows)
    out.data("\nwhat to do")
    for pair in shown:
        out.data(f"{pair.a} ~ {pair.b}")
        for step in pair.advice:
            out.data(f"  - {step}")
    out.data("")


def _summary(
    file: Path,
    tools: int,
    pairs: Sequence[ConfusablePair],
    shown: Sequence[ConfusablePair],
    least: float,
) -> None:
    rest = f", {len(shown)} shown; --top 0 shows all" if len(shown) < len(pairs) else ""
    count = amount(len(pairs), "confusable pair")
    out.data(f"{file}: {amount(tools, 'tool')}; {count} (score {least:.2f} or more){rest}")


def _gate(
    file: Path,
    pairs: Sequence[ConfusablePair],
    highest: float,
    max_pairs: int | None,
    fail_above: float | None,
) -> None:
    hint = f"fctune tools confusions {file} --report confusions.html"
    if max_pairs is not None and len(pairs) > max_pairs:
        raise ProblemsFound(
            f"got {amount(len(pairs), 'confusable pair')}, expected at most {max_pairs}",
            where=str(file),
            hint=hint,
        )
    if fail_above is not None and highest > fail_above:
        raise ProblemsFound(
            f"got a pair of score {highest:.2f}, expected none above {fail_above:.2f}",
            where=str(file),
            hint=hint,
        )
