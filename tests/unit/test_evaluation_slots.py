"""What is missing, asked for and guessed; what is invented."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fctune.conversations.turns import Conversation, Lesson, ModelTurn, UserTurn
from fctune.evaluation.cases.case_set import Decision, EvalCase, read_cases
from fctune.evaluation.metrics.measure import measure
from fctune.evaluation.outcomes.judge import judge
from fctune.evaluation.outcomes.slots import asked_slots, guessed_slots
from fctune.evaluation.outcomes.slots_missing import missing_at
from fctune.issues import Origin
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall, ToolCatalog

from .evaluation_samples import call, case, qwen, said

PROPERTIES = {
    "party_size": {"type": "integer", "description": "How many guests will come."},
    "booking_date": {"type": "string", "description": "Day of the visit, as YYYY-MM-DD."},
    "restaurant": {"type": "string", "description": "餐厅的名称"},
    "city": {"type": "string", "description": ""},
}
BOOK = {
    "name": "book",
    "description": "Book a table.",
    "parameters": {"type": "object", "properties": PROPERTIES, "required": []},
}
CATALOG = parse_catalog([BOOK])[0]


def asking(*missing: str, text: str = "Which one?") -> EvalCase:
    return replace(
        case(text=text),
        catalog=CATALOG,
        tools=CATALOG.json,
        missing=missing,
        decision=Decision.ASK,
        messages=({"role": "user", "content": "Book a table at Luigi's in Rome."},),
    )


@pytest.mark.parametrize(
    ("missing", "text", "asked"),
    [
        (("party_size",), "What is the party size?", 1),
        (("party_size",), "How many guests?", 1),
        (("party_size",), "How many of you?", 1),
        (("party_size",), "Which restaurant?", 0),
        (("booking_date",), "When would you like to come?", 1),
        (("booking_date",), "您想哪天来？", 1),
        (("booking_date", "party_size"), "For how many guests, and on which day?", 2),
        (("booking_date", "party_size"), "For how many guests?", 1),
        (("restaurant",), "请问是哪家餐厅？", 1),
        (("city",), "Where is it?", 1),
        (("city",), "您在哪个城市？", 1),
        (("city",), "Anything else?", 0),
    ],
)
def test_a_question_speaks_of_what_is_missing(
    missing: tuple[str, ...], text: str, asked: int
) -> None:
    assert asked_slots(asking(*missing), text) == asked


@pytest.mark.parametrize(
    ("arguments", "guessed"),
    [
        ({"party_size": 7, "restaurant": "Luigi's"}, 1),
        ({"party_size": 7, "booking_date": "2024-05-03"}, 2),
        ({"restaurant": "Luigi's"}, 0),
        ({"party_size": None, "booking_date": ""}, 0),
        ({"booking_date": [], "party_size": {}}, 0),
    ],
)
def test_a_value_that_nobody_said_is_a_guess(arguments: dict[str, Any], guessed: int) -> None:
    made = [ToolCall("book", arguments)]
    assert guessed_slots(asking("party_size", "booking_date"), made) == guessed


def test_a_value_that_was_said_is_no_guess() -> None:
    assert guessed_slots(asking("restaurant"), [call("book", restaurant="Luigi's")]) == 0


def test_asking_guessing_and_answering_are_counted_apart() -> None:
    due = asking("party_size")
    question = judge(due, said("How many guests will come?"))
    assert (question.expected, question.decided) == (Decision.ASK, Decision.ASK)
    assert (question.missing_slots, question.asked_slots, question.guessed_slots) == (1, 1, 0)
    guess = judge(due, said(qwen(call("book", party_size=7))))
    assert (guess.decided, guess.asked_slots, guess.guessed_slots) == (Decision.CALL, 0, 1)
    # Words that tell something ask for nothing, even where they speak of it.
    told = judge(due, said("I booked it for a party size of seven."))
    assert (told.decided, told.asked_slots) == (Decision.ANSWER, 0)
    assert judge(due, said("Which one?")).asked_slots == 1  # the true words


def test_what_is_missing_is_told_from_the_call_that_follows(tmp_path: Path) -> None:
    booked = {"name": "book", "arguments": {"restaurant": "Luigi's", "party_size": 14}}
    turns = [
        ("human", "Book a table at Luigi's."),
        ("gpt", "For how many?"),
        ("human", "We are 14."),
        ("function_call", json.dumps(booked)),
        ("observation", "{}"),
        ("gpt", "Done. Is there more?"),
    ]
    row = {
        "conversations": [{"from": tag, "value": value} for tag, value in turns],
        "system": "",
        "tools": CATALOG.json,
    }
    path = tmp_path / "ask.jsonl"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    ask, book, last = read_cases(path).cases
    assert ask.lesson == "ask_back"
    assert (ask.missing, book.missing, last.missing) == (("party_size",), (), ())
    assert judge(ask, said("How big is the party?", ask.id)).asked_slots == 1


def test_only_wrong_values_that_nothing_grounds_are_invented() -> None:
    asked = replace(
        asking(), decision=None, missing=(), calls=(call("book", city="Rome", party_size=19),)
    )
    right = judge(asked, said(qwen(call("book", city="Rome", party_size=19))))
    assert (right.checked_values, right.ungrounded_values) == (2, 0)  # 19 was never said, but due
    wrong = judge(asked, said(qwen(call("book", city="Bergen", party_size=23))))
    assert (wrong.checked_values, wrong.ungrounded_values) == (2, 2)
    mixed = judge(asked, said(qwen(call("book", city="Luigi's", party_size=19))))
    assert (mixed.checked_values, mixed.ungrounded_values) == (2, 0)  # wrong, but said
    inner = judge(asked, said(qwen(call("book", city=["Bergen", "Tromsø", True, None]))))
    assert (inner.checked_values, inner.ungrounded_values) == (2, 2)


def test_asking_and_guessing_are_measured() -> None:
    known, unknown = asking("party_size"), asking()
    run = [
        judge(known, said("How many guests will come?")),  # asks for what is missing
        judge(known, said("Which restaurant?")),  # asks for something else
        judge(known, said(qwen(call("book", party_size=7)))),  # guesses
        judge(known, said("Done.")),  # neither
        judge(unknown, said("Which day?")),  # what is missing is not known
    ]
    metrics = measure(run, seed=1)
    counts = {name: (metrics[name].num, metrics[name].den) for name in metrics}
    assert counts["ask_rate"] == (3, 5)
    assert counts["ask_targeted"] == (1, 4)
    assert counts["guess_rate"] == (1, 4)


def test_calls_without_a_usable_tool_are_measured() -> None:
    bare = replace(case(text="hi"), catalog=ToolCatalog(), tools="")
    refusing = replace(case(text="I cannot."), decision=Decision.REFUSE)
    run = [
        judge(bare, said(qwen(call("book")))),
        judge(bare, said("hi")),
        judge(refusing, said("<tool_call>{")),
        judge(case(text="hi"), said(qwen(call("track", id="A1")))),  # a tool could be used
    ]
    metric = measure(run, seed=1)["hallucinated_call_rate"]
    assert (metric.num, metric.den) == (2, 3)
    assert measure(run, seed=1)["over_call_rate"].num == 3


def test_what_nobody_ever_said_was_not_asked_for() -> None:
    turns = (
        UserTurn("Book a table at Luigi's."),
        ModelTurn("For how many?"),
        UserTurn("We are 14."),
        ModelTurn("", (call("book", restaurant="Luigi's", party_size=14, city="Bergen"),)),
    )
    row = Conversation("x", "", CATALOG, turns, Lesson.ASK_BACK, Origin("a.jsonl", 1))
    assert missing_at(row, 1) == ("party_size",)
    assert missing_at(row, 3) == ()
    assert missing_at(replace(row, lesson=Lesson.CALL), 1) == ()
