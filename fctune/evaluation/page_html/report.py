"""report.html: written from a Report, as one file that needs no network.

Input: a Report. Output: the page, the same bytes for the same predictions: no time and no place of
a folder stands on it. The cases are one JSON text in which nothing ends a script; the script shows
every text of them as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fctune.evaluation.evaluate import Evaluation
from fctune.evaluation.page_html.cases import EmbeddedCases
from fctune.evaluation.page_html.labels import Labels
from fctune.evaluation.page_html.pick import Most, picked
from fctune.evaluation.page_html.sections import classes, sections, settings
from fctune.evaluation.page_html.view import confusion as tool_matrix
from fctune.evaluation.page_html.view import decision, doubts, outcomes, tiles
from fctune.evaluation.page_html.words import both
from fctune.evaluation.report.confusion import Confusion
from fctune.evaluation.report.visible_text import visible_text
from fctune.jsonl import write_text

if TYPE_CHECKING:
    from fctune.evaluation.report.files import Report

REPORT = "report.html"


def write_html(
    report: Report,
    folder: Path,
    *,
    content: Mapping[str, Any] | None = None,
    lang: str = "en",
    most: Most | None = None,
) -> Path:
    """Write report.html into a folder; return its path.

    Args:
        report: what to show.
        folder: of the results.
        content: of results.json, where it is made already.
        lang: the language that the page opens in, en or zh; a reader can switch.
        most: how much the page holds; default: 2,000 failures and 300 right cases.

    Raises:
        InputFault: the folder cannot be written.
    """
    path = folder / REPORT
    shown = report.as_dict() if content is None else content
    evaluation = report.evaluation
    page = page_of(evaluation, report.confusion, shown, lang=lang, most=most or Most())
    write_text(path, page)
    return path


def page_of(
    evaluation: Evaluation,
    confusion: Confusion,
    content: Mapping[str, Any],
    *,
    lang: str,
    most: Most,
) -> str:
    """Return the text of the page.

    Args:
        evaluation: the judged cases.
        confusion: the tool matrix, whose cells lead to cases.
        content: of results.json.
        lang: language of the labels at first, en or zh.
        most: how much the page holds.
    """
    from fctune.dataset.page.embed import script_json
    from fctune.pages import render_page

    cases = embedded(evaluation, confusion, most)
    counts = {
        "shown": len(cases["cases"]),
        "total": content["n"],
        "wrong_shown": sum(one["verdict"] != "right" for one in cases["cases"]),
        "wrong": content["wrong"] + content["unscored"],
    }
    data = script_json({**cases, "total": content["n"], "words": both()})
    return render_page(
        "evaluation.html",
        lang=lang,
        t=Labels(lang),
        source=visible_text(str(content["config"]["source"])),
        mode=content["mode"],
        content=content,
        counts=counts,
        tiles=tiles(content),
        doubts=doubts(content),
        outcomes=outcomes(content),
        decision=decision(content),
        classes=classes(content),
        confusion=tool_matrix(content),
        sections=sections(content),
        settings=settings(content),
        # Half of a surrogate pair cannot be written; as an escape of JSON it can.
        data=data.encode("utf-8", "backslashreplace").decode("utf-8"),
    )


def embedded(evaluation: Evaluation, confusion: Confusion, most: Most) -> dict[str, Any]:
    """Return the cases for the script, wrong ones first, with the texts and tools they name."""
    collected = EmbeddedCases(evaluation, confusion)
    found: dict[int, dict[str, Any]] = {}
    for place in picked(evaluation.judged, most):
        if collected.characters >= most.characters:
            break
        found[place] = collected.case(evaluation.judged[place])
    order = {"wrong": 0, "unscored": 1, "right": 2}
    ranked = sorted(found, key=lambda place: (order[found[place]["verdict"]], place))
    return {
        "cases": [found[place] for place in ranked],
        "texts": collected.texts,
        "tools": collected.tools,
        "rows": [visible_text(name) for name in confusion.rows],
        "columns": [visible_text(name) for name in confusion.columns],
    }
