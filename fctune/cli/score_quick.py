"""Recordings that `fctune score` counts without reading calls out of text.

Input: rows of BFCL items, or a tutorial's table of recorded verdicts. Output: result folders, and
the figures on stdout. Nothing heavy is imported: the first verdict is there in half a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fctune.cli.gates import Gates, conclude
from fctune.cli.output import out
from fctune.cli.pipe import reader_may_go
from fctune.dataset.amounts import amount
from fctune.errors import InputFault, UsageFault
from fctune.patterns import regex

_UNLAWFUL = regex(r"[^\w.-]+")


def score_bfcl(
    path: Path, out_dir: Path, seed: int, *, json: bool, gates: Gates, page: str | None = None
) -> None:
    """Score rows of BFCL items as the official checker does.

    Args:
        path: the rows.
        out_dir: the folder of the results.
        seed: kept for `fctune compare`.
        json: print results.json instead of tables.
        gates: what the results must keep.
        page: the language of report.html; None writes none, as it takes longer than the verdicts.

    Raises:
        InputFault: no row can be scored.
        ProblemsFound: a gate does not hold.
    """
    from fctune.evaluation.bfcl.page import shown
    from fctune.evaluation.bfcl.score import score_rows

    content = score_rows(path, out_dir, seed)
    metrics, data = content["metrics"], content["data"]
    if page is not None:
        _write_page(path, out_dir, seed, page)
    with reader_may_go():
        if json:
            out.json(content)
        else:
            out.data(
                f"function accuracy (bfcl): {shown(metrics['function_accuracy'])}; "
                f"{amount(content['n'], 'row')} = {content['correct']} correct + "
                f"{content['wrong']} wrong"
            )
            out.data("")
            out.table(
                ("metric", "value [95 %]", "num / den"),
                [(name, shown(m), f"{m['num']} / {m['den']}") for name, m in metrics.items()],
            )
            out.data("")
            counts = content["outcomes"].items()
            out.table(("outcome", "rows"), [(name, str(n)) for name, n in counts if n])
    if page is None:
        out.note(f"report: {out_dir / 'report.md'} (--html writes report.html too)")
    else:
        out.note(f"report: {out_dir / 'report.html'}, {out_dir / 'report.md'}")
    for note in content["notes"]:
        out.warn(note)
    if data["rejected"]:
        where = out_dir / "rejected.jsonl"
        out.warn(
            f"{data['rejected']} of {amount(data['rows'], 'row')} cannot be scored; see {where}"
        )
    if gates.given:
        conclude(gates, content, out_dir)


def _write_page(path: Path, out_dir: Path, seed: int, lang: str) -> None:
    """Write report.html, for which the rows are read as whole cases, and judged by the same rules.

    Raises:
        InputFault: no row can be read as a case.
    """
    from fctune.evaluation.evaluate import evaluate
    from fctune.evaluation.matching.modes import Mode
    from fctune.evaluation.page_html.report import write_html
    from fctune.evaluation.replay.item_rows import read_items
    from fctune.evaluation.report.files import Report, RunConfig

    recording = read_items(path)
    cases = recording.case_set
    if cases.rejected:
        out.warn(
            f"{len(cases.rejected)} of {amount(cases.rows, 'row is', 'rows are')} not on the page, "
            f"the first: {cases.rejected[0].origin}: {cases.rejected[0].issues[0]}"
        )
    evaluation = evaluate(cases, recording.predictions, Mode.BFCL)
    config = RunConfig(str(path), "", seed, population=cases.population())
    report = Report.of(evaluation, config)
    write_html(report, out_dir, content=report.as_dict(), lang=lang)


def score_table(
    path: Path, out_dir: Path, run: str | None, seed: int, *, json: bool, gates: Gates
) -> None:
    """Count a tutorial's recorded verdicts, each model in a folder of its own.

    Raises:
        UsageFault: there is no such model.
        InputFault: the table cannot be read, or two models would have one folder.
        ProblemsFound: a gate does not hold.
    """
    from fctune.evaluation.tutorial.table import read_table, write_run

    runs = read_table(path)
    if run is not None and run not in runs:
        raise UsageFault(f"got the run {run!r}, expected one of {', '.join(runs)}", where="--run")
    chosen = [run] if run is not None else list(runs)
    folders = _folders(path, chosen, out_dir)
    found = {name: write_run(path, name, runs[name], folders[name], seed) for name in chosen}
    with reader_may_go():
        if json:
            out.json(next(iter(found.values())) if len(found) == 1 else found)
        else:
            _show_table(found)
    for folder in folders.values():
        out.note(f"report: {folder / 'report.md'}")
    if len(folders) > 1:
        out.note(f"hint: fctune compare {' '.join(map(str, folders.values()))}")
    if gates.given and run is not None:
        conclude(gates, found[run], out_dir, runs[run])


def _folders(path: Path, names: list[str], out_dir: Path) -> dict[str, Path]:
    if len(names) == 1:
        return {names[0]: out_dir}
    folders = {name: out_dir / (_UNLAWFUL.sub("_", name).strip("._") or "run") for name in names}
    if len(set(folders.values())) < len(folders):
        raise InputFault(
            "two models would be written into one folder", where=str(path), hint="add --run NAME"
        )
    return folders


def _show_table(found: Mapping[str, Mapping[str, Any]]) -> None:
    from fctune.evaluation.tutorial.table import metric_rows

    for number, (name, content) in enumerate(found.items()):
        if number:
            out.data("")
        out.data(f"{name}: {amount(content['n'], 'recorded query', 'recorded queries')}")
        out.table(("metric", "value [95 %]", "num / den"), metric_rows(content["metrics"]))
