"""Task completion: what toolsets may do to us, and what counts as done."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from fctune.errors import InputFault, UsageFault
from fctune.evaluation.cases.case_set import CaseSet, EvalCase, read_cases
from fctune.evaluation.decode import Decoded
from fctune.evaluation.evaluate import Evaluation, evaluate
from fctune.evaluation.execution import (
    ExecutionReport,
    ToolsetSettings,
    check_toolset,
    parse_toolset,
    processing_time,
    read_deliver,
    run_execution,
)
from fctune.evaluation.execution.answers import AnswerToolset
from fctune.evaluation.execution.toolset import Replay
from fctune.evaluation.execution.toolset_process import ProcessToolset
from fctune.evaluation.execution.toolset_values import NotJson, json_text, plain
from fctune.evaluation.predict import Prediction
from fctune.tools.read import load_catalog, parse_catalog
from fctune.tools.spec import ToolCall
from tests.unit.evaluation_samples import call, case
from tests.unit.toolset_samples import HOSTILE, SHOP, write

ROOT = Path(__file__).resolve().parents[2]


def run(path: Path, *calls: ToolCall, **limits: Any) -> Replay:
    toolset = ProcessToolset(ToolsetSettings("module", str(path), **limits))
    try:
        return toolset.run(calls, "d")
    finally:
        toolset.close()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("hostile"), HOSTILE)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("shop"), SHOP)


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


# what a toolset does wrong ------------------------------------------------------------------------


def test_a_stop_while_the_module_is_imported_leaves_no_process(
    hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []

    def stopped(worker: Any) -> None:
        started.append(worker)
        raise KeyboardInterrupt

    monkeypatch.setattr("fctune.evaluation.execution.toolset_process._Worker._begin", stopped)
    with pytest.raises(KeyboardInterrupt):
        ProcessToolset(ToolsetSettings("module", str(hostile))).start()
    (worker,) = started
    assert worker._process.returncode is not None and worker._log.closed


@pytest.mark.parametrize("name", ["hang", "spin"])
def test_a_hang_ends_after_the_time_limit_and_costs_one_dialogue(hostile: Path, name: str) -> None:
    toolset = ProcessToolset(ToolsetSettings("module", str(hostile), timeout_s=0.4))
    started = time.monotonic()
    found = toolset.run([call("fine"), call(name), call("fine")], "d")
    assert time.monotonic() - started < 5
    assert [one.kind for one in found.executed] == ["", "timeout", "not_run"]
    assert found.executed[0].result == {"n": 1}
    assert found.kind == "timeout"
    assert "0.4 s" in found.broken
    again = toolset.run([call("fine")], "e")
    assert again.executed[0].ok and not again.broken
    toolset.close()


@pytest.mark.parametrize(
    ("name", "word"), [("leave", "with code 3"), ("die", "SIGSEGV")], ids=["exit", "segfault"]
)
def test_an_end_of_the_process_costs_one_dialogue(hostile: Path, name: str, word: str) -> None:
    toolset = ProcessToolset(ToolsetSettings("module", str(hostile)))
    found = toolset.run([call("fine"), call(name), call("fine")], "d")
    assert [one.kind for one in found.executed] == ["", "crash", "not_run"]
    assert word in found.broken
    assert toolset.run([call("fine")], "e").executed[0].ok
    toolset.close()


def test_an_exit_with_code_0_is_a_crash_too(hostile: Path) -> None:
    found = run(hostile, call("leave", code=0), call("fine"))
    assert [one.kind for one in found.executed] == ["crash", "not_run"]
    assert found.kind == "crash"


def test_memory_without_end_is_an_error_of_the_tool(hostile: Path) -> None:
    found = run(hostile, call("eat"), call("fine"), memory_mb=256)
    assert found.executed[0].kind in ("tool_error", "crash")
    assert found.executed[0].error


@pytest.mark.parametrize(
    ("name", "kind", "word"),
    [
        ("huge", "result", "10000002 characters"),
        ("a_set", "result", "set"),
        ("nan", "result", "JSON"),
        ("knot", "result", "JSON"),
        ("deep", "result", "nested too deep"),
        ("bad", "tool_error", "RuntimeError: broken 中文"),
        ("worse", "tool_error", "Odd"),
        ("leave_softly", "tool_error", "SystemExit: no"),
        ("_private", "unknown_tool", "_private"),
        ("os", "unknown_tool", "os"),
        ("__import__", "unknown_tool", "__import__"),
        ("fine.__globals__", "unknown_tool", "fine.__globals__"),
    ],
)
def test_a_bad_call_is_told_and_the_dialogue_goes_on(
    hostile: Path, name: str, kind: str, word: str
) -> None:
    found = run(hostile, call(name), call("fine", n=2))
    assert (found.executed[0].ok, found.executed[0].kind) == (False, kind)
    assert word in found.executed[0].error
    assert found.executed[1].result == {"n": 2}
    assert not found.broken


def test_what_writes_into_the_pipe_of_answers_ends_its_dialogue(hostile: Path) -> None:
    toolset = ProcessToolset(ToolsetSettings("module", str(hostile)))
    found = toolset.run([call("forge"), call("fine")], "d")
    assert found.kind == "crash"
    assert found.executed[0].result != "forged"
    assert toolset.run([call("fine")], "e").executed[0].ok
    toolset.close()


def test_prints_do_not_come_between_the_answers(hostile: Path) -> None:
    found = run(hostile, call("shout"), call("fine"))
    assert [one.result for one in found.executed] == ["said", {"n": 1}]


def test_arguments_that_the_tool_does_not_take_never_reach_it(hostile: Path) -> None:
    found = run(hostile, call("fine", m=1), call("fine", n=5))
    assert found.executed[0].kind == "arguments"
    assert "m" in found.executed[0].error
    assert found.states[-1].value == {"seen": [5]}


def test_secrets_of_the_shell_are_out_of_reach(
    hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    monkeypatch.setenv("HF_TOKEN", "hf_1")
    monkeypatch.setenv("SHOP_KEY", "s")
    assert run(hostile, call("keys")).executed[0].result == []
    allowed = run(hostile, call("keys"), env=("SHOP_KEY",))
    assert allowed.executed[0].result == ["SHOP_KEY"]


def test_processes_that_a_tool_starts_end_with_the_worker(hostile: Path) -> None:
    toolset = ProcessToolset(ToolsetSettings("module", str(hostile)))
    assert toolset.run([call("fork_and_hang")], "d").executed[0].result == "forked"
    assert toolset._worker is not None
    group = toolset._worker._process.pid
    assert alive(group)
    toolset.close()
    deadline = time.monotonic() + 5
    while alive(group) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(group)


def test_coroutines_are_awaited(hostile: Path) -> None:
    assert run(hostile, call("later")).executed[0].result == "later"


def test_each_dialogue_begins_anew_even_with_functions(hostile: Path) -> None:
    toolset = ProcessToolset(ToolsetSettings("module", str(hostile)))
    first = toolset.run([call("fine", n=1), call("fine", n=2)], "d")
    second = toolset.run([call("fine", n=3)], "e")
    toolset.close()
    assert first.states[-1].value == {"seen": [1, 2]}
    assert second.states[0].value == {"seen": []}
    assert second.states[-1].value == {"seen": [3]}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("x = 1\nraise ValueError('no')", ":2: cannot be imported: ValueError: no"),
        ("def f(:\n    pass", ":1: cannot be imported: SyntaxError"),
        ("import os\nos._exit(4)", "ended its process"),
        ("import nothing_that_exists", "ModuleNotFoundError"),
    ],
)
def test_a_module_that_cannot_be_imported_ends_the_verb(
    tmp_path: Path, text: str, word: str
) -> None:
    with pytest.raises(InputFault) as fault:
        run(write(tmp_path, text), call("f"))
    assert word in str(fault.value)


def test_a_toolset_is_tried_before_anything_is_asked(tmp_path: Path, shop: Path) -> None:
    check_toolset(parse_toolset(f"module:{shop}"))
    check_toolset(parse_toolset(f"answers:{write(tmp_path, ANSWERS, 'answers.yaml')}"))
    with pytest.raises(InputFault, match="ModuleNotFoundError"):
        check_toolset(parse_toolset(f"module:{write(tmp_path, 'import nowhere_at_all')}"))
    with pytest.raises(InputFault, match="does not answer"):
        check_toolset(parse_toolset("http:http://127.0.0.1:9/tools", timeout_s=2.0))


def test_a_constructor_that_fails_leaves_the_tasks_unscored(tmp_path: Path) -> None:
    path = write(tmp_path, "class Toolset:\n    def __init__(self):\n        raise OSError('db')")
    report = completed(path, [(call("look", order="A1"),)], [(call("look", order="A1"),)])
    assert report.as_dict()["unscored"] == 2
    assert report.metrics["task_success"].value is None
    assert "db" in next(iter(report.warnings()))


def test_a_named_class_and_a_maker_are_found(tmp_path: Path) -> None:
    text = (
        "class One:\n    def who(self):\n        return 'one'\n"
        "class Two:\n    def __init__(self, dialogue):\n        self.dialogue = dialogue\n"
        "    def who(self):\n        return self.dialogue\n"
        "def toolset():\n    return One()\n"
    )
    path = write(tmp_path, text)
    assert run(path, call("who")).executed[0].result == "one"
    assert run(path, call("who"), attribute="Two").executed[0].result == "d"
    settings = parse_toolset(f"module:{path}:Two")
    assert (settings.source, settings.attribute) == (str(path), "Two")
    with pytest.raises(InputFault, match="no class or function Three"):
        run(path, call("who"), attribute="Three")


def test_a_state_without_json_form_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, "def f():\n    return 1\ndef state():\n    return {1: iter([])}")
    found = run(path, call("f"))
    assert found.kind == "state"
    assert found.executed[0].ok


# values -------------------------------------------------------------------------------------------


def test_states_are_equal_where_they_should_be() -> None:
    from datetime import date
    from decimal import Decimal
    from enum import Enum

    class Size(Enum):
        S = "s"

    class Thing:
        def __init__(self, n: int) -> None:
            self.n, self._cache = n, object()

    assert plain({"a": {3, 1}, "d": date(2026, 1, 2), "s": Size.S}) == {
        "a": {"set": [1, 3]},
        "d": "2026-01-02",
        "s": "s",
    }
    assert json_text(plain([5.0, True])) == json_text(plain([5, True]))
    assert json_text(plain([1])) != json_text(plain([True]))
    assert plain({1: "a", "1": "b"}) == {"(int) 1": "a", "1": "b"}
    assert plain(Thing(3)) == plain(Thing(3)) == {"n": 3}
    assert plain(Decimal("1.50")) == plain(Decimal("1.5")) == "1.5"
    assert plain((1, 2)) == [1, 2]

    class Hidden:
        def __init__(self) -> None:
            self._rows = [1]

    for odd in (object(), len, (one for one in ()), Hidden()):
        with pytest.raises(NotJson):
            plain([odd])


# tasks --------------------------------------------------------------------------------------------


def dialogue(gold: list[tuple[ToolCall, ...]], group: str = "a") -> list[EvalCase]:
    """Return the cases of one conversation, without the turns before in their messages."""
    return [case(*calls, id=f"{group}#{2 * i + 1}") for i, calls in enumerate(gold)]


def judged(
    gold: list[tuple[ToolCall, ...]],
    made: list[tuple[ToolCall, ...] | None],
    words: str = "",
) -> Evaluation:
    cases = dialogue(gold)
    predictions = [
        Prediction(one.id, None, Decoded(calls, words))
        if calls is not None
        else Prediction(one.id, None, finish_reason="error", error="no server")
        for one, calls in zip(cases, made, strict=True)
    ]
    return evaluate(CaseSet(Path("x"), "0", tuple(cases), 1, 1), predictions)


def completed(
    path: Path,
    gold: list[tuple[ToolCall, ...]],
    made: list[tuple[ToolCall, ...] | None],
    words: str = "",
    **limits: Any,
) -> ExecutionReport:
    settings = ToolsetSettings("module", str(path), **limits)
    return run_execution(judged(gold, made, words), settings)


LOOK, CANCEL = call("look", order="A1"), call("cancel", order="A1")
GOLD: list[tuple[ToolCall, ...]] = [(LOOK,), (CANCEL,), ()]


def test_the_true_calls_are_done_everywhere(shop: Path) -> None:
    report = completed(shop, GOLD, list(GOLD))
    assert [one.success for one in report.verdicts] == [True, True, True, True]
    content = report.as_dict()
    assert content["metrics"]["task_success"]["num"] == 2
    assert content["metrics"]["task_success"]["den"] == 2
    assert content["metrics"]["dialogue_success"]["value"] == 1.0
    assert content["metrics"]["steps_ratio"]["value"] == 1.0
    assert content["metrics"]["side_effect_rate"]["value"] == 0.0
    assert content["warnings"] == []
    json.dumps(content)


def test_no_calls_do_nothing(shop: Path) -> None:
    report = completed(shop, GOLD, [(), (), ()])
    verdicts = {one.id: one for one in report.verdicts}
    assert verdicts["a#1"].failure == "results"
    assert "look" in verdicts["a#1"].reason
    assert verdicts["a#3"].failure == "state"
    assert verdicts["a#3"].reason == 'state.orders.A1.state: got "open", expected "cancelled"'
    assert verdicts["a"].success is False
    assert report.metrics["task_success"].value == 0.0


def test_another_way_to_the_same_state_is_right(shop: Path) -> None:
    gold = [(call("修改地址", 订单="A1", 城市="北京"),)]
    made = [(call("修改地址", 订单="A1", 城市="上海"), call("修改地址", 订单="A1", 城市="北京"))]
    report = completed(shop, gold, list(made))
    assert report.verdicts[0].success is True
    assert report.metrics["steps_ratio"].value == 2.0


def test_chinese_state_is_compared(shop: Path) -> None:
    gold, made = (
        [(call("修改地址", 订单="B2", 城市="北京"),)],
        [(call("修改地址", 订单="B2", 城市="上海"),)],
    )
    report = completed(shop, gold, list(made))
    assert report.verdicts[0].reason == 'state.orders.B2.城市: got "上海", expected "北京"'


def test_turns_before_are_the_true_ones_and_a_dialogue_is_not(shop: Path) -> None:
    gold = [(CANCEL,), (LOOK,)]
    report = completed(shop, gold, [(), (LOOK,)])
    verdicts = {one.id: one for one in report.verdicts}
    assert verdicts["a#1"].success is False
    assert verdicts["a#3"].success is True  # after the true cancel
    assert verdicts["a"].success is False  # after none


def test_a_call_where_none_is_due_may_change_nothing(shop: Path) -> None:
    report = completed(shop, [(), ()], [(CANCEL,), (LOOK,)])
    assert [one.changed for one in report.verdicts] == [True, False]
    metric = report.metrics["side_effect_rate"]
    assert (metric.num, metric.den) == (1, 2)
    assert report.metrics["task_success"].den == 0


def test_recovery_and_repetition_are_counted(shop: Path) -> None:
    made = (call("look", order="Z9"), LOOK, LOOK)
    report = completed(shop, [(LOOK,)], [made])
    verdict = report.verdicts[0]
    assert (verdict.success, verdict.failed_calls, verdict.repeated) == (True, 1, 1)
    recovery = report.metrics["recovery_rate"]
    assert (recovery.num, recovery.den) == (1, 1)
    assert report.metrics["failed_execution_rate"].value == pytest.approx(1 / 3)
    assert report.as_dict()["failed_calls"] == {"tool_error": 1}


def test_a_result_that_tells_an_error_is_a_failed_call(shop: Path) -> None:
    report = completed(shop, [(LOOK,)], [(call("refuse"),)])
    assert report.verdicts[0].executed[0].kind == "tool_error"
    assert report.verdicts[0].executed[0].error == "not today"


def test_a_true_call_that_fails_is_told_and_asks_for_the_same_tool(shop: Path) -> None:
    gold = [(call("look", order="Z9"),)]
    assert completed(shop, gold, list(gold)).verdicts[0].success is True
    report = completed(shop, gold, [()])
    assert report.verdicts[0].success is False
    assert "1 true calls fail on this toolset" in next(iter(report.warnings()))


def test_strings_must_be_in_the_words(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "deliver.yaml"
    file.write_text("a#1: [ＯＰＥＮ]\na: open\n", encoding="utf-8")
    deliver = read_deliver(file)
    assert deliver == {"a#1": ("ＯＰＥＮ",), "a": ("open",)}
    assert completed(shop, [(LOOK,)], [(LOOK,)], "it is  Open", deliver=deliver).verdicts[0].success
    missed = completed(shop, [(LOOK,)], [(LOOK,)], "it is closed", deliver=deliver)
    assert [one.failure for one in missed.verdicts] == ["strings", "strings"]
    file.write_text("a: {b: 1}", encoding="utf-8")
    with pytest.raises(InputFault, match="expected a list of strings"):
        read_deliver(file)


def test_hangs_and_crashes_of_made_calls_are_failures(hostile: Path) -> None:
    fine = call("fine")
    report = completed(
        hostile, [(fine,), (fine,)], [(call("hang"),), (call("leave"),)], timeout_s=0.3
    )
    assert [one.failure for one in report.verdicts] == ["timeout", "crash", "timeout"]
    failures = report.as_dict()["failures"]
    assert failures["turn"]["timeout"] == failures["turn"]["crash"] == 1
    assert report.as_dict()["failed_calls"] == {"crash": 1, "timeout": 1}


def test_true_calls_that_crash_leave_the_task_unscored(hostile: Path) -> None:
    report = completed(hostile, [(call("fine"),), (call("leave"),)], [(call("fine"),), ()])
    assert [one.success for one in report.verdicts] == [True, None, None]
    assert "the true calls cannot be run" in report.verdicts[1].reason


def test_a_case_without_prediction_is_unscored_and_its_dialogue_is_left_out(shop: Path) -> None:
    report = completed(shop, [(LOOK,), (CANCEL,)], [(LOOK,), None])
    assert [(one.id, one.success) for one in report.verdicts] == [("a#1", True), ("a#3", None)]


def test_calls_without_end_are_cut(shop: Path) -> None:
    report = completed(shop, [(LOOK,)], [(LOOK,) * 70])
    assert [one.kind for one in report.verdicts[0].executed].count("not_run") == 6
    assert report.verdicts[0].success is True


def test_an_unsteady_toolset_is_told(tmp_path: Path) -> None:
    text = "import time\ndef now():\n    return time.time_ns()\n"
    report = completed(write(tmp_path, text), [(call("now"),)], [(call("now"),)])
    assert "not steady" in " ".join(report.warnings())
    steady = "import random\ndef roll():\n    return random.random()\n"
    report = completed(write(tmp_path, steady), [(call("roll"),)], [(call("roll"),)])
    assert report.verdicts[0].success is True
    assert list(report.warnings()) == []


def test_a_toolset_that_tells_nothing_is_told(tmp_path: Path) -> None:
    report = completed(write(tmp_path, "def f():\n    pass"), [(call("f"),)], [(call("f"),)])
    assert "change nothing and give nothing" in next(iter(report.warnings()))


def test_trials_give_pass_hat_k(shop: Path) -> None:
    settings = ToolsetSettings("module", str(shop))
    right, wrong = judged([(LOOK,)], [(LOOK,)]), judged([(LOOK,)], [()])
    report = run_execution(right, settings, trials=[wrong, right, right])
    found = report.as_dict()["trials"]
    assert found["trials"] == 4
    assert found["turn"]["pass_hat"] == {"1": 0.75, "2": 0.5, "3": 0.25, "4": 0.0}
    assert found["turn"]["pass_at"]["4"] == 1.0


def test_two_runs_are_equal(shop: Path) -> None:
    made: list[tuple[ToolCall, ...] | None] = [(LOOK, LOOK), (call("look", order="B2"),), (CANCEL,)]
    one, two = completed(shop, GOLD, made), completed(shop, GOLD, made)
    assert one.as_dict() == two.as_dict()
    assert list(one.rows()) == list(two.rows())


def test_drawn_cases_take_the_turns_before_from_their_messages(tmp_path: Path) -> None:
    from tests.unit.evaluation_samples import write_split

    split = read_cases(write_split(tmp_path / "split.jsonl", ["A1"]))
    drawn = replace(split, cases=split.cases[1:])
    text = "def track(id):\n    seen.append(id)\n    return {'at': 'Oslo'}\nseen = []\n"
    made = [Prediction(one.id, None, Decoded((call("track", id="A1"),))) for one in drawn.cases]
    settings = ToolsetSettings("module", str(write(tmp_path, text)))
    report = run_execution(evaluate(drawn, made), settings)
    assert [one.changed for one in report.verdicts] == [True, True]
    assert report.as_dict()["dialogues"] == 0  # its first turn was not asked


def test_drawn_cases_make_no_conversation(shop: Path) -> None:
    settings = ToolsetSettings("module", str(shop))
    drawn = judged([(LOOK,)], [(LOOK,)])
    assert run_execution(drawn, settings, drawn=True).as_dict()["dialogues"] == 0
    assert run_execution(drawn, settings).as_dict()["dialogues"] == 1


def test_the_shipped_toolset_does_the_shipped_scenario(tmp_path: Path) -> None:
    whole = (ROOT / "data/raw/ecommerce/ecommerce_openai.jsonl").read_text(encoding="utf-8")
    rows = write(tmp_path, "\n".join(whole.splitlines()[::20]), "rows.jsonl")
    split = read_cases(rows)
    made = [Prediction(one.id, None, Decoded(one.calls, one.text)) for one in split.cases]
    settings = parse_toolset(f"module:{ROOT / 'data/tools/ecommerce_toolset.py'}")
    report = run_execution(evaluate(split, made), settings)
    metric = report.metrics["task_success"]
    assert metric.num == metric.den > 60
    assert report.metrics["dialogue_success"].num == 20
    assert report.metrics["failed_execution_rate"].num == 0
    nothing = [Prediction(one.id, None, Decoded((), one.text)) for one in split.cases]
    assert run_execution(evaluate(split, nothing), settings).metrics["task_success"].num == 0


def test_the_shipped_toolset_has_every_tool_of_its_catalogue() -> None:
    path = ROOT / "data/tools/ecommerce_toolset.py"
    catalog, _ = load_catalog(ROOT / "data/tools/ecommerce.yaml")
    calls = [example.call for spec in catalog for example in spec.examples]
    assert {one.name for one in calls} == set(catalog.names)
    found = run(path, *calls)
    assert [one.error for one in found.executed if not one.ok] == []


# recorded answers ---------------------------------------------------------------------------------

ANSWERS = """
answers:
  - {call: {name: look, arguments: {order: A1, n: 5}}, result: {state: open}}
  - {call: {name: cancel, arguments: {order: A1}}, result: done, changes: true}
  - {tool: 查询积分, result: {积分: 3}}
  - {tool: refund, error: no such order}
"""


def test_recorded_answers_are_looked_up(tmp_path: Path) -> None:
    path = write(tmp_path, ANSWERS, "answers.yaml")
    found = AnswerToolset(path).run(
        [
            call("look", n=5.0, order="A1"),
            call("look", order="B2"),
            call("查询积分", anything=1),
            call("refund"),
            call("strange"),
            call("cancel", order="A1"),
        ],
        "d",
    )
    kinds = [one.kind for one in found.executed]
    assert kinds == ["", "unrecorded", "", "tool_error", "unknown_tool", ""]
    assert found.executed[2].result == {"积分": 3}
    assert len({state.hash for state in found.states}) == 2
    assert found.states[-1].value == ['cancel({"order":"A1"})']


def test_recorded_answers_judge_tasks(tmp_path: Path) -> None:
    path = write(tmp_path, ANSWERS, "answers.yaml")
    settings = parse_toolset(f"answers:{path}")
    right = run_execution(judged([(CANCEL,)], [(CANCEL,)]), settings)
    wrong = run_execution(judged([(CANCEL,)], [(call("查询积分"),)]), settings)
    assert right.verdicts[0].success is True
    assert wrong.verdicts[0].failure == "state"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("answers: []", "expected a list of answers"),
        ("answers: [{result: 1}]", "with call or tool"),
        ("answers: [{tool: f}]", "neither result nor error"),
        ("answers: [{call: {arguments: {}}, result: 1}]", "name and arguments"),
        ("answers: [{tool: f, result: 1}, {tool: f, result: 2}]", "second, other result"),
    ],
)
def test_bad_files_of_answers_are_refused(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(InputFault, match=word):
        AnswerToolset(write(tmp_path, text, "answers.yaml"))


# servers ------------------------------------------------------------------------------------------


class _Handler(BaseHTTPRequestHandler):
    orders: dict[str, str] = {}
    seen: list[tuple[str, str, str | None]] = []

    def _say(self, value: Any, status: int = 200) -> None:
        body = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        type(self).seen.append(("POST", self.path, self.headers.get("Authorization")))
        if self.path == "/tools/reset":
            type(self).orders = {"A1": "open"}
            self._say({})
        elif self.path == "/v1/orders/A1/cancel":
            self._say({"cancelled": body["why"]})
        elif body["name"] == "cancel":
            type(self).orders[body["arguments"]["order"]] = "cancelled"
            self._say({"done": True})
        elif body["name"] == "big":
            self._say(b'"' + b"x" * 5000 + b'"')
        elif body["name"] == "words":
            self._say(b"<html>")
        elif body["name"] == "slow":
            time.sleep(0.8)
        elif body["name"] == "moved":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()
        else:
            self._say({"message": "没有这个工具"}, 404)

    def do_GET(self) -> None:
        self._say(type(self).orders)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture()
def server() -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()


def test_a_server_is_reset_asked_and_compared(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FCTUNE_TOOLSET_AUTHORIZATION", "Bearer t")
    settings = parse_toolset(f"http:{server}/tools")
    report = run_execution(judged([(CANCEL,)], [(CANCEL,)]), settings)
    assert report.verdicts[0].success is True
    wrong = run_execution(judged([(CANCEL,)], [(call("cancel", order="B2"),)]), settings)
    assert wrong.verdicts[0].failure == "state"
    assert "Bearer t" not in json.dumps(report.as_dict()) + json.dumps(list(report.rows()))
    assert _Handler.seen[-1][2] == "Bearer t"


def test_what_a_server_does_wrong_is_told(server: str) -> None:
    settings = parse_toolset(f"http:{server}/tools", output_bytes=1000, timeout_s=0.5)
    toolset = ProcessToolset(settings)
    found = toolset.run([call(name) for name in ("big", "words", "moved", "no", "slow")], "d")
    toolset.close()
    kinds = [one.kind for one in found.executed]
    assert kinds == ["result", "result", "tool_error", "tool_error", "timeout"]
    assert "status 302" in found.executed[2].error
    assert "没有这个工具" in found.executed[3].error


def test_a_server_that_is_not_there_leaves_tasks_unscored() -> None:
    settings = parse_toolset("http:http://127.0.0.1:9/tools", timeout_s=2.0)
    report = run_execution(judged([(CANCEL,)], [(CANCEL,)]), settings)
    assert report.as_dict()["unscored"] == 2
    assert "no answer" in report.verdicts[0].reason


def test_places_of_a_catalogue_make_the_request(server: str) -> None:
    tools = [
        {
            "name": "cancel",
            "description": "Cancel.",
            "parameters": {
                "type": "object",
                "properties": {"order": {"type": "string"}, "why": {"type": "string"}},
            },
            "http": {
                "method": "POST",
                "path": "/v1/orders/{orderNo}/cancel",
                "content_type": "application/json",
                "places": {
                    "order": {"in": "path", "name": "orderNo"},
                    "why": {"in": "body", "name": "why"},
                },
            },
        }
    ]
    catalog, _ = parse_catalog(tools)
    assert catalog.specs[0].http is not None
    toolset = ProcessToolset(parse_toolset(f"http:{server}", catalog=catalog))
    found = toolset.run([call("cancel", order="A1", why="晚了"), call("cancel", why="x")], "d")
    toolset.close()
    assert found.executed[0].result == {"cancelled": "晚了"}
    assert found.executed[1].kind == "arguments"


# options and times --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("shop.py", UsageFault),
        ("module:", UsageFault),
        ("module:/nowhere/shop.py", InputFault),
        ("http:ftp://x", UsageFault),
        ("http:http://user:pw@host/", UsageFault),
    ],
)
def test_a_toolset_that_cannot_be_meant_is_refused(text: str, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        parse_toolset(text)


def test_processing_time_names_its_condition() -> None:
    predictions = [
        Prediction(str(i), "x", latency_s=i / 10, output_tokens=10 * i) for i in range(1, 21)
    ]
    failed = Prediction("f", None, finish_reason="error", error="no")
    found = processing_time([*predictions, failed], condition="concurrent", concurrency=8)
    assert (found["n"], found["failed"], found["concurrency"]) == (20, 1, 8)
    assert found["seconds"] == {"mean": 1.05, "p50": 1.05, "p95": 1.905, "max": 2.0, "sum": 21.0}
    assert found["prompt_tokens"] is None
    assert found["output_tokens"]["sum"] == 2100
    assert "waiting" in found["meaning"]


def test_tools_whose_names_are_no_names_of_python(tmp_path: Path) -> None:
    text = "def orders_cancel(id):\n    return id\n"
    assert run(write(tmp_path, text), call("orders.cancel", id="A")).executed[0].result == "A"
    table = "def f(id):\n    return id\nTOOLS = {'取消-订单': f}\n"
    path = write(tmp_path, table, "table.py")
    found = run(path, call("取消-订单", id="B"), call("f", id="C"))
    assert [one.kind for one in found.executed] == ["", "unknown_tool"]
    assert not found.broken


def test_a_dialogue_led_by_an_agent_is_one_row_with_all_its_calls(
    shop: Path, tmp_path: Path
) -> None:
    from fctune.evaluation.replay.recording import read_recording

    tools = [{"name": name, "parameters": {"type": "object"}} for name in ("look", "cancel")]
    gold = [one.as_dict() for one in (LOOK, CANCEL)]
    rows = [
        {"id": "led", "tools": tools, "gold": gold, "prediction": [*gold[:1], *gold]},
        {"id": "lost", "tools": tools, "gold": gold, "prediction": gold[:1]},
    ]
    file = tmp_path / "led.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    recording = read_recording(file, decoder=None, split=None)
    evaluation = evaluate(recording.case_set, recording.predictions)
    report = run_execution(evaluation, ToolsetSettings("module", str(shop)))
    found = {(one.kind, one.id): one.success for one in report.verdicts}
    assert found[("dialogue", "led")] is True
    assert found[("dialogue", "lost")] is False
