"""Task completion and robustness as Markdown, from the blocks of results.json.

Input: `results.json["execution"]` and `results.json["robustness"]`. Output: sections of report.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fctune.evaluation.report.markdown import table

METRIC_COLUMNS = ("metric", "value [95 %]", "num / den", "meaning")


def task_sections(content: Mapping[str, Any]) -> list[str]:
    """Return the sections for what results.json holds of the two; none where it holds neither."""
    parts: list[str] = []
    if content.get("execution"):
        parts += _execution(content["execution"])
    if content.get("robustness"):
        parts += _robustness(content["robustness"])
    return parts


def execution_rows(content: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return name, value with interval, `num / den` and meaning of each metric."""
    from fctune.evaluation.execution.report import MEANINGS

    return [
        (name, _shown(one), f"{one['num']} / {one['den']}", MEANINGS.get(name, ""))
        for name, one in content["metrics"].items()
    ]


def _execution(content: Mapping[str, Any]) -> Iterator[str]:
    from fctune.evaluation.execution.report import FAILURES

    toolset = content["toolset"]
    yield "## Task completion"
    yield (
        f"The calls were run on {toolset['kind']} `{toolset['source']}`: {content['turns']} turns "
        f"and {content['dialogues']} whole conversations, {content['unscored']} unscored."
    )
    yield table(METRIC_COLUMNS, execution_rows(content))
    if any(sum(counts.values()) for counts in content["failures"].values()):
        rows = [
            (kind, *(str(counts[name]) for name in FAILURES))
            for kind, counts in content["failures"].items()
        ]
        yield "Why tasks are not done:"
        yield table(("task", *FAILURES), rows)
    if content["failed_calls"]:
        counted = content["failed_calls"].items()
        yield "Calls that failed: " + ", ".join(f"{count} {kind}" for kind, count in counted) + "."
    if content["trials"]:
        yield from _trials(content["trials"])
    for warning in content["warnings"]:
        yield f"**Note:** {warning}."


def _trials(content: Mapping[str, Any]) -> Iterator[str]:
    rows = [
        (f"{kind} {name}", *(f"{value:.3f}" for value in content[kind][key].values()))
        for kind in ("turn", "dialogue")
        for key, name in (("pass_hat", "pass^k"), ("pass_at", "pass@k"))
        if content[kind]["n"]
    ]
    yield f"{content['trials']} trials; k draws all done (pass^k), or one of them (pass@k):"
    yield table(("", *(f"k = {k}" for k in range(1, content["trials"] + 1))), rows)


def _robustness(content: Mapping[str, Any]) -> Iterator[str]:
    from fctune.evaluation.robustness.report import COLUMNS, headline_rows, markdown_rows

    yield "## Robustness"
    yield (
        "Each case again in other forms. `lost` is the share of right cases of the origins minus "
        "that of the variants, on the same cases; its interval is a paired bootstrap."
    )
    yield table(COLUMNS, markdown_rows(content))
    yield table(("figure", "value [95 %]", "meaning"), headline_rows(content))


def _shown(metric: Mapping[str, Any]) -> str:
    if metric["value"] is None:
        return "-"
    if metric["ci"] is None:
        return f"{metric['value']:.3f}"
    return f"{metric['value']:.3f} [{metric['ci'][0]:.3f}, {metric['ci'][1]:.3f}]"
