"""The report of confusable tools as one HTML page.

Input: a catalogue and its Survey. Output: the text of the page: heat map, pairs, reasons, advice.
"""

from __future__ import annotations

from fctune.pages import render_page
from fctune.tools.confusions.find import Survey
from fctune.tools.confusions.picture import heat_map
from fctune.tools.spec import ToolCatalog

_MAX_TOLD = 180


def report_page(catalog: ToolCatalog, survey: Survey, file: str, min_score: float) -> str:
    """Return the report.

    Args:
        catalog: the tools.
        survey: what was found in them.
        file: the name of the catalogue to show.
        min_score: the threshold that the pairs were chosen by.
    """
    return render_page(
        "confusions.html",
        file=file,
        tools=len(catalog),
        pairs=survey.pairs,
        touched=len({name for pair in survey.pairs for name in (pair.a, pair.b)}),
        highest=max(survey.scores.values(), default=0.0),
        min_score=min_score,
        map=heat_map(survey, catalog.names),
        told={spec.name: _told(spec.description) for spec in catalog},
    )


def _told(description: str) -> str:
    text = " ".join(description.split())
    return text if len(text) <= _MAX_TOLD else text[: _MAX_TOLD - 3].rstrip() + "..."
