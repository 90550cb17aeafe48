"""Tags of cases, the five difficulties, and the long tail of tools."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fctune.errors import InputFault
from fctune.evaluation.cases.case_set import CaseSet, Decision, EvalCase, read_cases
from fctune.evaluation.cases.training import read_training
from fctune.evaluation.metrics.longtail import (
    BUCKETS,
    TrainingCounts,
    long_tail,
    tag_buckets,
    training_counts,
)
from fctune.evaluation.metrics.measure import by_tag, measure_parts
from fctune.evaluation.metrics.ratios import METRICS
from fctune.evaluation.metrics.slices import (
    DIMENSIONS,
    dimension_parts,
    dimensions_measured,
)
from fctune.evaluation.outcomes.decision import expected_of
from fctune.evaluation.outcomes.features import tags_of
from fctune.evaluation.outcomes.judge import EvalOutcome, judge
from fctune.tools.spec import ToolCall, ToolCatalog

from .evaluation_samples import call, case, qwen, said, write_split

TEA = call("order", item="tea", count=2)


def tags(one: EvalCase) -> set[str]:
    return set(tags_of(one, expected_of(one)))


def talk(*messages: tuple[str, str]) -> tuple[Any, ...]:
    return tuple({"role": role, "content": content} for role, content in messages)


def test_a_case_has_its_own_tags_first_and_each_once() -> None:
    own = replace(case(TEA), tags=("category:simple", "tools:2-4"))
    found = tags_of(own, Decision.CALL)
    assert found[:2] == ("category:simple", "tools:2-4")
    assert len(found) == len(set(found))
    assert {"expects:call", "turn:1", "calls:1", "depth:1", "dimension:timing"} <= set(found)


@pytest.mark.parametrize(
    ("calls", "depth"),
    [
        ([call("f")], "depth:0"),
        ([call("f", a=1)], "depth:1"),
        ([call("f", a=[1])], "depth:2"),
        ([call("f", a=[])], "depth:1"),
        ([call("f", a=1), call("f", a={"b": [{"c": 1}]})], "depth:3+"),
    ],
)
def test_nesting_is_that_of_the_deepest_argument(calls: list[ToolCall], depth: str) -> None:
    found = tags(case(*calls))
    assert depth in found
    assert f"calls:{len(calls)}" in found
    assert sum(tag.startswith("depth:") for tag in found) == 1


def test_numbers_of_tools_and_turns() -> None:
    bare = replace(case(text="hi"), catalog=ToolCatalog(), tools="")
    assert {"tools:0", "turn:1", "expects:answer"} <= tags(bare)
    assert "dimension:structure" not in tags(bare)
    later = talk(
        ("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"), ("user", "e")
    )
    assert "turn:3+" in tags(replace(case(TEA), messages=later))
    told = talk(("user", "a"), ("function", "{}"), ("observation", "{}"))
    assert {"after:result", "dimension:state"} <= tags(replace(case(text="ok"), messages=told))


def test_values_and_tools_that_are_carried_over() -> None:
    made = '{"name": "order", "arguments": {"item": "tea", "count": 2}}'
    before = (("user", "Two tea, please."), ("function", made), ("observation", "{}"))
    told = (*before, ("assistant", "Done."))

    def follow_up(text: str, *gold: ToolCall) -> set[str]:
        return tags(replace(case(*gold), messages=talk(*told, ("user", text))))

    same = follow_up("And coffee?", call("order", item="coffee", count=2))
    assert {"carry:value", "carry:tool", "dimension:state"} <= same
    chinese = follow_up("那上海呢？", call("order", item="上海"))
    assert "carry:tool" in chinese
    assert "carry:value" not in chinese
    whole = follow_up(
        "Now please be so kind as to order me coffee, and make that exactly 2 of them.",
        call("order", item="coffee", count=2),
    )
    assert not {"carry:value", "carry:tool"} & whole
    assert "carry:tool" not in follow_up("And my parcel A1?", call("track", id="A1"))
    assert not {"carry:value", "carry:tool"} & tags(case(TEA))
    priced = replace(
        case(call("order", item="EUR")),
        messages=talk(("user", "Pay in EUR."), ("assistant", "Done."), ("user", "再付100欧元")),
    )
    assert "carry:value" not in tags(priced)  # 欧元 says EUR again


@pytest.mark.parametrize(
    ("said_before", "day", "implicit"),
    [
        ("Today is 2024-05-01. Come tomorrow.", "2024-05-02", True),
        ("今天是2024年5月1日，请订明天的票", "2024-05-02", True),
        ("Come tomorrow, on 2024-05-02.", "2024-05-02", False),
        ("Come on May 2, 2024.", "2024-05-02", False),
        ("Come tomorrow.", "tea", False),
    ],
)
def test_days_that_must_be_counted(said_before: str, day: str, implicit: bool) -> None:
    asked = replace(case(call("order", item=day)), messages=talk(("user", said_before)))
    assert ("implicit:date" in tags(asked)) is implicit


def run() -> list[EvalOutcome]:
    cases = [
        (case(TEA, id="a#1"), qwen(TEA)),
        (case(TEA, id="b#1"), qwen(call("order", item="tea"))),
        (case(call("track", id="A1"), id="c#1"), "words"),
        (replace(case(text="ok", id="a#3"), messages=talk(("user", "a"), ("observation", "b"))),
         "ok"),
    ]  # fmt: skip
    return [judge(one, said(text, one.id)) for one, text in cases]


def test_every_difficulty_has_cases_metrics_slices_and_a_meaning() -> None:
    outcomes = run()
    sliced = by_tag(outcomes, seed=1)
    parts = measure_parts(outcomes, dimension_parts(), seed=1)
    found = {one.dimension.name: one for one in dimensions_measured(outcomes, parts, sliced)}
    assert list(found) == ["structure", "arguments", "timing", "state", "generalisation"]
    assert {name: one.n for name, one in found.items()} == {
        "structure": 4, "arguments": 3, "timing": 4, "state": 1, "generalisation": 0,
    }  # fmt: skip
    assert found["arguments"].metrics["argument_accuracy"].num == 3
    assert found["arguments"].metrics["argument_accuracy"].den == 5
    assert found["structure"].slices["calls:1"].den == 3
    # Metrics of dialogues are of all cases: the first turns belong to them.
    assert found["state"].metrics["turn_accuracy"].den == 2
    assert found["generalisation"].metrics["function_accuracy"].value is None
    for one in found.values():
        assert one.as_dict()["meaning"].count(" ") > 8


def test_difficulties_name_metrics_that_are_there() -> None:
    names = {ratio.name for ratio in METRICS}
    for one in DIMENSIONS:
        assert set(one.metrics) <= names


COUNTS = TrainingCounts("t.jsonl", {"a": 50, "b": 30, "c": 10, "d": 10, "never": 0})


def test_buckets_hold_half_the_calls_then_up_to_four_fifths_then_the_rest() -> None:
    assert COUNTS.buckets() == {"a": "head", "b": "mid", "c": "tail", "d": "tail"}
    assert TrainingCounts("t", {}).buckets() == {}
    alike = TrainingCounts("t", {"x": 3, "y": 3, "z": 3}).buckets()
    assert set(alike.values()) == {"head"}


def outcome_of(tool: str, right: bool, number: int) -> EvalOutcome:
    made = judge(case(TEA, id=f"g{number}#1"), said(qwen(TEA), f"g{number}#1"))
    return replace(made, tools=((tool, right),))


def test_the_long_tail_is_counted_by_gold_calls() -> None:
    outcomes = [
        *(outcome_of("a", True, n) for n in range(8)),
        *(outcome_of("b", n < 2, 10 + n) for n in range(4)),
        outcome_of("c", False, 20),
        *(outcome_of("new", False, 30 + n) for n in range(9)),
    ]
    tail = long_tail(outcomes, COUNTS, seed=1)
    assert {name: (m.num, m.den) for name, m in tail.buckets.items()} == {
        "head": (8, 8), "mid": (2, 4), "tail": (0, 1), "unseen": (0, 9),
    }  # fmt: skip
    assert (tail.coverage.num, tail.coverage.den) == (2, 4)
    assert (tail.macro.num, tail.macro.den, tail.macro.method) == (1.5, 4, "bootstrap by tool")
    # Nine wrong calls say more than one.
    assert [tool for tool, _ in tail.worst] == ["new", "c", "b"]
    row = tail.as_dict()
    assert list(row["buckets"]) == list(BUCKETS)
    assert row["training"] == {"source": "t.jsonl", "calls": 100, "tools": 4}
    assert row["worst"][0]["bucket"] == "unseen"
    alone = long_tail(outcomes, None, seed=1).as_dict()
    assert (alone["training"], alone["buckets"]) == (None, {})
    assert alone["worst"][0]["bucket"] is None


def test_training_calls_are_counted_from_a_split_or_beside_a_manifest(tmp_path: Path) -> None:
    split = write_split(tmp_path / "shop_train.jsonl", ["A1", "A2", "A3"])
    assert training_counts(read_training(split)) == TrainingCounts("shop_train.jsonl", {"track": 3})
    manifest = tmp_path / "shop.manifest.json"
    files = {"shop_train": {"file": "shop_train.jsonl"}, "shop_test": {"file": "x.jsonl"}}
    manifest.write_text(json.dumps({"schema_version": 2, "name": "shop", "files": files}))
    assert training_counts(read_training(manifest)).calls == {"track": 3}
    split.unlink()
    with pytest.raises(InputFault, match="no training split"):
        training_counts(read_training(manifest))
    silent = tmp_path / "silent.jsonl"
    turns = [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "hello"}]
    silent.write_text(json.dumps({"conversations": turns}) + "\n")
    with pytest.raises(InputFault, match="holds no call"):
        training_counts(read_training(silent))


def test_cases_are_tagged_by_the_rarest_of_their_tools(tmp_path: Path) -> None:
    cases = read_cases(write_split(tmp_path / "t.jsonl", ["A1"]))
    both = replace(cases.cases[0], calls=(call("track", id="A1"), TEA))
    case_set: CaseSet = replace(cases, cases=(both, *cases.cases))
    tagged = tag_buckets(case_set, TrainingCounts("t", {"track": 5})).cases
    assert [one.tags for one in tagged] == [("bucket:unseen",), ("bucket:head",), (), ()]
    found = tags(tagged[0])
    assert "dimension:generalisation" in found
    assert "dimension:generalisation" not in tags(tagged[1])
