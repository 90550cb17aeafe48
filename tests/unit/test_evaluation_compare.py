"""Comparing runs: the same cases, and no claim that chance explains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fctune.errors import InputFault, UsageFault
from fctune.evaluation.comparison.compare import Comparison, compare
from fctune.evaluation.comparison.results import TUTORIAL, Run
from fctune.evaluation.comparison.text import power_line, sentence, write_comparison
from fctune.evaluation.metrics.ratios import METRICS
from fctune.evaluation.outcomes.judge import EvalOutcome, judge
from fctune.jsonl import read_json

from .evaluation_samples import call, case, qwen, said

GOLD = call("track", id="A1")


def outcome(number: int, right: bool, *, per_group: int = 1, expects: bool = True) -> EvalOutcome:
    case_id = f"g{number // per_group}#{number}"
    text = qwen(GOLD if right else call("track", id="B2")) if expects else "words"
    return judge(case(*([GOLD] if expects else []), id=case_id), said(text, case_id))


def run(name: str, n: int, right: Callable[[int], bool], *, per_group: int = 1) -> Run:
    found = [outcome(number, right(number), per_group=per_group) for number in range(n)]
    return Run(name, Path(name), {one.id: one for one in found}, 1)


def against(n: int, before: Callable[[int], bool], after: Callable[[int], bool]) -> Comparison:
    return compare([run("a", n, before), run("b", n, after)])


def test_a_run_is_no_better_than_itself() -> None:
    (pairing,) = against(50, lambda n: n % 2 == 0, lambda n: n % 2 == 0).pairings
    assert (pairing.verdict, pairing.fixes, pairing.regressions) == ("no difference shown", (), ())
    for difference in pairing.differences.values():
        assert difference.value in (0, None)
        assert (difference.interval, difference.p, difference.p_holm) == (None, None, None)
    told = sentence(pairing, "function_accuracy")
    assert told == (
        "b against a: no difference shown in function accuracy: no case changed, no test is made "
        "(50 cases)"
    )


def test_a_fix_and_a_regression_in_one_conversation_are_a_change_without_an_interval() -> None:
    runs = [run("a", 60, lambda n: n == 0, per_group=2)]
    runs.append(run("b", 60, lambda n: n == 1, per_group=2))
    found = compare(runs).pairings[0].differences["function_accuracy"]
    assert (found.unchanged, found.value, found.interval, found.p) == (False, 0, None, 1)
    assert found.verdict == "no difference shown"


def test_few_conversations_show_no_difference_of_a_metric_of_arguments() -> None:
    """All draws of five conversations agree; that is a chance of one in sixteen, not of 2000."""
    for groups, verdict in ((1, "no difference shown"), (5, "no difference shown"), (6, "better")):
        runs = [run("a", 4 * groups, lambda n: False, per_group=4)]
        runs.append(run("b", 4 * groups, lambda n: n % 2 == 0, per_group=4))
        found = compare(runs).pairings[0].differences["argument_precision"]
        assert found.p == pytest.approx(2.0 ** (1 - groups)), groups
        assert found.interval is not None
        assert found.interval.lo < found.interval.hi == found.value == 0.5
        assert replace(found, p_holm=None).verdict == verdict


def test_a_real_gain_is_better_and_the_other_way_worse() -> None:
    gain = against(60, lambda n: n < 20, lambda n: n < 40 and n != 3)
    (pairing,) = gain.pairings
    assert pairing.verdict == "better"
    assert len(pairing.fixes) == 20
    assert pairing.regressions == ("g3#3",)
    assert pairing.differences["function_accuracy"].value == pytest.approx(19 / 60)
    assert pairing.differences["argument_accuracy"].value == pytest.approx(19 / 60)
    loss = compare([gain.runs[1], gain.runs[0]]).pairings[0]
    assert loss.verdict == "worse"
    assert (loss.fixes, loss.regressions) == (pairing.regressions, pairing.fixes)


def test_few_cases_show_nothing_even_where_all_are_mended() -> None:
    # The bootstrap alone would say [1, 1] here; McNemar's p of 3 : 0 is 0.25.
    (pairing,) = against(3, lambda n: False, lambda n: True).pairings
    assert pairing.verdict == "no difference shown"
    assert pairing.test.p_exact == 0.25


def test_conversations_are_drawn_whole() -> None:
    runs = [run("a", 60, lambda n: n // 20 == 0, per_group=20)]
    runs.append(run("b", 60, lambda n: n // 20 < 2, per_group=20))
    (pairing,) = compare(runs).pairings
    interval = pairing.differences["function_accuracy"].interval
    assert interval is not None
    assert interval.lo == 0  # three conversations: a draw without the mended one is likely
    assert pairing.verdict == "no difference shown"


def test_different_cases_are_refused_or_cut_to_the_common_ones() -> None:
    runs = [run("a", 10, lambda n: True), run("b", 8, lambda n: True)]
    with pytest.raises(InputFault, match="a 10, b 8, 8 in common"):
        compare(runs)
    subset = compare(runs, allow_subset=True)
    assert (subset.n, subset.left_out) == (8, 2)
    strange = Run("c", Path("c"), {"z#1": outcome(0, True)}, 1)
    with pytest.raises(InputFault, match="no case in common"):
        compare([runs[0], strange], allow_subset=True)


def test_two_runs_of_two_names_are_needed() -> None:
    one = run("a", 3, lambda n: True)
    with pytest.raises(UsageFault):
        compare([one])
    with pytest.raises(UsageFault, match="one name"):
        compare([one, one])


def test_unscored_cases_are_left_out_of_the_pairs() -> None:
    runs = [run("a", 10, lambda n: False), run("b", 10, lambda n: True)]
    broken = dict(runs[1].outcomes)
    failed = said("", "g0#0", finish_reason="error")
    broken["g0#0"] = judge(case(GOLD, id="g0#0"), failed)
    (pairing,) = compare([runs[0], Run("b", Path("b"), broken, 1)]).pairings
    assert (pairing.n, len(pairing.fixes)) == (9, 9)


def test_three_runs_are_shown_and_written_in_order(tmp_path: Path) -> None:
    runs = [run("base", 40, lambda n: False), run("stage1", 40, lambda n: n < 1)]
    comparison = compare([*runs, run("stage2", 40, lambda n: n < 30)])
    assert [row[0] for row in comparison.rows()] == ["base", "stage1", "stage2"]
    assert comparison.rows()[2][1].startswith("0.750 [0.5")
    assert [p.verdict for p in comparison.pairings] == ["no difference shown", "better"]
    write_comparison(comparison, tmp_path)
    content = read_json(tmp_path / "compare.json")
    assert content["baseline"] == "base"
    assert [one["verdict"] for one in content["comparisons"]] == ["no difference shown", "better"]
    page = (tmp_path / "compare.md").read_text(encoding="utf-8")
    assert "stage2 against base: better in function accuracy, +0.750" in page
    assert "## Regressions of stage2: 0\n\nNone." in page


def test_the_table_is_of_the_cases_that_all_runs_have_scored() -> None:
    runs = [run("a", 10, lambda n: n == 0), run("b", 10, lambda n: True)]
    broken = dict(runs[1].outcomes)
    broken["g0#0"] = judge(case(GOLD, id="g0#0"), said("", "g0#0", finish_reason="error"))
    found = compare([runs[0], Run("b", Path("b"), broken, 1)])
    assert (found.n, found.unscored) == (9, {"a": 0, "b": 1})
    assert found.metrics["a"]["function_accuracy"].num == 0
    assert found.as_dict()["unscored"] == {"a": 0, "b": 1}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"group": "other"}, "another group"),
        ({"asked": "0" * 16}, "other gold calls or tools"),
        ({"expects_call": False}, "other gold calls"),
        ({"asked": "", "gold_slots": 7}, "other gold calls"),
    ],
)
def test_runs_that_were_asked_other_things_are_refused(
    change: dict[str, object], words: str
) -> None:
    runs = [run("a", 3, lambda n: True), run("b", 3, lambda n: True)]
    other = dict(runs[1].outcomes)
    other["g1#1"] = replace(other["g1#1"], **change)  # type: ignore[arg-type]
    with pytest.raises(InputFault, match=f"case 'g1#1' has {words} in b than in a"):
        compare([runs[0], Run("b", Path("b"), other, 1)])


def test_many_runs_are_adjusted_together() -> None:
    runs = [run("base", 40, lambda n: False), run("one", 40, lambda n: n < 6)]
    alone = compare(runs).pairings[0].primary["function_accuracy"]
    assert (alone.verdict, round(alone.p or 0, 3)) == ("better", 0.031)
    more = [run(f"more{k}", 40, lambda n: n < 6) for k in range(2)]
    (beside, *_) = compare([*runs, *more]).pairings
    found = beside.primary["function_accuracy"]
    assert (found.verdict, found.p_holm) == ("no difference shown", pytest.approx(3 * 0.03125))
    assert "adjusted by Holm 0.094" in compare([*runs, *more]).sentences()[0]


def test_metrics_that_fall_for_the_better_are_told_so() -> None:
    def chat(number: int, calls: bool) -> EvalOutcome:
        text = qwen(GOLD) if calls else "words"
        return judge(case(id=f"g{number}#1"), said(text, f"g{number}#1"))

    def chats(name: str, calls: Callable[[int], bool]) -> Run:
        found = [chat(number, calls(number)) for number in range(40)]
        return Run(name, Path(name), {one.id: one for one in found}, 1)

    (pairing,) = compare([chats("a", lambda n: n < 30), chats("b", lambda n: n < 3)]).pairings
    found = pairing.differences["over_call_rate"]
    assert (found.value, found.verdict) == (pytest.approx(-27 / 40), "better")
    assert pairing.verdict == "no difference shown"  # no case has a call to be right or wrong


def test_slices_are_told_and_adjusted_for_their_number(tmp_path: Path) -> None:
    def tagged(name: str, right: Callable[[int], bool]) -> Run:
        found = [
            replace(outcome(n, right(n)), tags=("size:big" if n % 2 else "size:small", f"of:{n}"))
            for n in range(80)
        ]
        return Run(name, Path(name), {one.id: one for one in found}, 1)

    comparison = compare([tagged("a", lambda n: False), tagged("b", lambda n: n % 2 == 1)])
    (pairing,) = comparison.pairings
    parts = {part.name: part.difference for part in pairing.slices}
    assert set(parts) == {"size:big", "size:small"}, "an id in a tag is no slice"
    assert (parts["size:big"].value, parts["size:big"].verdict) == (1.0, "better")
    assert (parts["size:small"].value, parts["size:small"].unchanged) == (0.0, True)
    assert (parts["size:small"].p, parts["size:small"].p_holm) == (None, None)
    write_comparison(comparison, tmp_path)
    page = (tmp_path / "compare.md").read_text(encoding="utf-8")
    # All 40 draws agree, so that Wilson's bound of 40 in 40 stands in for the width.
    assert "| size:big | +1.000 [+0.912, +1.000] | " in page
    assert "| size:small | +0.000 | - | - | 40 | no case changed |" in page
    assert "Established: b is better in function_accuracy." in page
    listed = read_json(tmp_path / "compare.json")["comparisons"][0]["slices"]
    assert [one["slice"] for one in listed] == ["size:big", "size:small"]


def test_every_metric_of_the_report_is_compared() -> None:
    (pairing,) = against(20, lambda n: n < 9, lambda n: n < 12).pairings
    assert list(pairing.differences) == [metric.name for metric in METRICS]


def test_the_power_of_the_cases_is_told_at_stated_discordances() -> None:
    (pairing,) = against(869, lambda n: n % 10 > 0, lambda n: n % 10 > 0).pairings
    assert pairing.smallest_gain is None
    assert pairing.smallest_gains[0.1] == pytest.approx(0.03, abs=2e-4)
    assert "0.030 where they differ in 10% of the cases" in power_line(pairing)
    (few,) = against(5, lambda n: True, lambda n: True).pairings
    assert power_line(few) == (
        "5 cases are too few to show any gain in function_accuracy where they differ in 30% of "
        "the cases or fewer."
    )


def test_what_many_fixes_show_and_what_few_would_not_agree() -> None:
    (pairing,) = against(13, lambda n: False, lambda n: True).pairings
    assert "differ in 100% of the cases, as here, 13 cases show a gain of" in sentence(
        pairing, "function_accuracy"
    )
    assert power_line(pairing).endswith("where they differ in 30% of the cases or fewer.")


def test_runs_of_different_modes_or_kinds_are_refused() -> None:
    one = run("a", 3, lambda n: True)
    with pytest.raises(InputFault, match="scored in mode bfcl, and a in mode strict"):
        compare([one, replace(run("b", 3, lambda n: True), mode="bfcl")])
    with pytest.raises(InputFault, match="different kinds: calls, tutorial"):
        compare([one, replace(run("b", 3, lambda n: True), family=TUTORIAL)])
