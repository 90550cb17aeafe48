"""Warnings on the balance of a set: what a model would learn from it that nobody wants.

Input: the account that `fctune.dataset.balance` makes. Output: issues, all warnings, all on train.
Each threshold is a constant with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.turns import Lesson
from fctune.issues import Issue, issue

MIN_NEGATIVES = 0.1
"""Rows without a call among all rows. Hammer trained with 7,500 irrelevance rows beside 60,000
calls, which is 11 %; models tuned with fewer call whatever is asked."""
MAX_TOOL_SHARE = 0.5
"""Of all calls. From here on, always calling this tool is right more often than not."""
FAIR_SHARES = 1.5
"""Of two tools one always has half of the calls: it may have this many times its fair share."""
MIN_DISTRACTED = 0.1
"""Rows with calls that list a tool they do not call. Where nearly none does, calling whatever is
listed is right, and nothing is learned of choosing."""
NAMED = 5


def warnings_of(account: Mapping[str, Any]) -> list[Issue]:
    """Return the warnings on the train split; none where it has no row with a call."""
    train = account["train"]
    rows = train["rows"]
    calling = rows - int(train["calls_per_row"].get("0", 0))
    if not calling:
        return []
    found = [
        _negatives(rows, calling),
        _one_tool(train["tools"]),
        _never_called(train["tools"]),
        _ask_back(train["lessons"], rows),
        _distractors(train["distractors_per_row"], calling),
    ]
    return [one for one in found if one is not None]


def _negatives(rows: int, calling: int) -> Issue | None:
    without = rows - calling
    if not without:
        return issue("balance-no-negatives", "train", f"all {rows:,} rows have a call")
    if without < MIN_NEGATIVES * rows:
        return issue(
            "balance-few-negatives",
            "train",
            f"{without:,} of {rows:,} rows have no call ({without / rows:.1%}), "
            f"expected {MIN_NEGATIVES:.0%} or more",
        )
    return None


def _one_tool(tools: Mapping[str, Any]) -> Issue | None:
    name, top = next(iter(tools["top"].items()))
    # With one tool in all, all calls are of it, and that is no fault of the set.
    limit = max(MAX_TOOL_SHARE, FAIR_SHARES / max(1, tools["listed"]))
    if top["share"] <= limit:
        return None
    return issue(
        "balance-one-tool",
        "train",
        f"{name} has {top['calls']:,} of {tools['calls']:,} calls ({top['share']:.0%}), "
        f"expected at most {limit:.0%}",
    )


def _never_called(tools: Mapping[str, Any]) -> Issue | None:
    idle = tools["never_called"]
    if not idle["count"]:
        return None
    first = [*idle["names"].items()][:NAMED]
    names = ", ".join(f"{name} ({rows:,} {'row' if rows == 1 else 'rows'})" for name, rows in first)
    more = ", ..." if idle["count"] > NAMED else ""
    return issue(
        "balance-tool-never-called",
        "train",
        f"{idle['count']:,} of {tools['listed']:,} listed tools are never called: {names}{more}",
    )


def _ask_back(lessons: Mapping[str, int], rows: int) -> Issue | None:
    if lessons.get(Lesson.ASK_BACK.value):
        return None
    return issue(
        "balance-no-ask-back",
        "train",
        f"in none of {rows:,} rows does the model ask for what is missing before it calls",
    )


def _distractors(histogram: Mapping[str, int], calling: int) -> Issue | None:
    alone = int(histogram.get("0", 0))
    distracted = calling - alone
    if distracted >= MIN_DISTRACTED * calling:
        return None
    return issue(
        "balance-no-distractors",
        "train",
        f"{distracted:,} of {calling:,} rows with calls list a tool that they do not call, "
        f"expected {MIN_DISTRACTED:.0%} or more",
    )
