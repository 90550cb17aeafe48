"""report.html: what it holds, that no text breaks out of it, real clicks in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.evaluation.cases.case_set import Accepted, CaseSet
from fctune.evaluation.cases.contamination import Contamination
from fctune.evaluation.decode import Decoded
from fctune.evaluation.evaluate import Evaluation, Judged, evaluate
from fctune.evaluation.matching.modes import Mode
from fctune.evaluation.metrics.ratios import METRICS
from fctune.evaluation.outcomes.judge import Outcome, judge
from fctune.evaluation.page_html.cases import EmbeddedCases
from fctune.evaluation.page_html.cells import metric
from fctune.evaluation.page_html.pick import Most, in_turn, picked
from fctune.evaluation.page_html.report import write_html
from fctune.evaluation.page_html.sections import sections
from fctune.evaluation.page_html.shapes import tables_of
from fctune.evaluation.page_html.side_by_side import side_by_side
from fctune.evaluation.page_html.words import _WORDS
from fctune.evaluation.predict import Prediction
from fctune.evaluation.report.confusion import confusion_of
from fctune.evaluation.report.files import Report, RunConfig
from fctune.tools.spec import ToolCall
from tests.unit.chromium import Page, chromium, needs_chromium
from tests.unit.evaluation_samples import case, qwen, said
from tests.unit.report_samples import HOSTILE, hostile, judged, made

COUNT = 300


def report_of(evaluation: Evaluation) -> Report:
    population = evaluation.case_set.population()
    return Report.of(
        evaluation, RunConfig("out/shop", "qwen", 42, {"base": "小模型"}, None, population)
    )


def content_of(report: Report) -> dict[str, Any]:
    found = report.as_dict()
    evaluation = report.evaluation
    found.setdefault("confusion", confusion_of(evaluation.judged, evaluation.mode).as_dict())
    return found


def write(report: Report, folder: Path, **options: Any) -> Path:
    return write_html(report, folder, content=content_of(report), **options)


@pytest.fixture(scope="module")
def report() -> Report:
    return report_of(judged(COUNT))


@pytest.fixture(scope="module")
def path(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(report, tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with chromium(tmp_path_factory.mktemp("profile")) as page:
        yield page


def embedded(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    value: dict[str, Any] = json.loads(found[1])
    return value


# What the page holds


def test_the_page_is_one_file_and_the_same_each_time(
    report: Report, path: Path, tmp_path: Path
) -> None:
    assert path.name == "report.html"
    again = report_of(judged(COUNT))
    assert write(again, tmp_path).read_bytes() == path.read_bytes()
    html = path.read_text()
    assert "default-src 'none'" in html
    assert not re.search(r'(?:src|href)\s*=\s*"(?!#)', html)
    assert str(path.parent) not in html


def test_every_case_is_there_with_its_story(report: Report, path: Path) -> None:
    value = embedded(path.read_text())
    assert len(value["cases"]) == COUNT
    verdicts = [one["verdict"] for one in value["cases"]]
    assert verdicts == sorted(verdicts, key=["wrong", "unscored", "right"].index)
    by_id = {one["id"]: one for one in value["cases"]}
    for item in report.evaluation.judged:
        one = by_id[item.case.id]
        assert one["outcome"] == item.outcome.outcome.value
        assert one["reason"] == item.outcome.reason
        assert one["raw"] == item.prediction.text
        assert [value["texts"][at] for _, at in one["turns"]] == [
            turn["content"] for turn in item.case.messages
        ]
        assert [value["tools"][at]["name"] for at in one["tools"]] == list(item.case.catalog.names)
        if item.outcome.outcome is Outcome.VALUE:
            wrong = [slot for pair in one["pairs"] for slot in pair["slots"] if not slot["right"]]
            assert wrong and all(slot["why"] for slot in wrong)
    assert len(value["tools"]) == 8  # each tool once, however many cases have it
    wrong_tool = next(one for one in value["cases"] if one["outcome"] == "wrong_tool")
    assert any(pair["due"] != pair["got"] for pair in wrong_tool["pairs"])


def test_the_head_names_the_mode_and_gives_value_interval_and_n(report: Report, path: Path) -> None:
    html = path.read_text()
    accuracy = report.metrics["function_accuracy"]
    tile = re.search(r'<div class="tile first">.*?</div>', html, re.DOTALL)
    assert tile
    for part in (f"<b>{accuracy.value:.3f}</b>", "<code>strict</code>", f"{accuracy.lo:.3f}–",
                 f"{accuracy.num} / {accuracy.den}"):  # fmt: skip
        assert part in tile[0], part
    assert f"{COUNT} cases = " in html and "小模型" in html


def test_few_cases_unscored_ones_and_a_draw_are_told(tmp_path: Path) -> None:
    case_set, predictions = made(24)
    evaluation = evaluate(case_set, predictions[:20])
    small = report_of(evaluation)
    small = replace(small, config=replace(small.config, max_cases=24))
    html = write(small, tmp_path).read_text()
    assert "4 of 24 cases have no answer" in html
    assert re.search(r"Function accuracy rests on \d+ cases", html)
    assert "At most 24 cases were drawn" in html
    assert '<span class="tag warn">' in html


def test_a_large_run_embeds_every_kind_of_failure_and_says_what_is_left_out(tmp_path: Path) -> None:
    large = report_of(judged(2_000))
    html = write(large, tmp_path, most=Most(failures=100, right=20)).read_text()
    value = embedded(html)
    verdicts = [one["verdict"] for one in value["cases"]]
    assert (len(verdicts), verdicts.count("right")) == (120, 20)
    seen = {one["outcome"] for one in value["cases"]}
    assert seen == {one.outcome.value for one in large.evaluation.outcomes}
    wrong = sum(one.correct is not True for one in large.evaluation.outcomes)
    assert f"This page holds 120 of 2000 cases: 100 of the {wrong} wrong" in html
    assert f"all {wrong} wrong or unanswered ones" in write(large, tmp_path).read_text()
    small = write(large, tmp_path, most=Most(characters=30_000))
    assert len(embedded(small.read_text())["cases"]) < 40


def test_a_page_of_nothing_but_right_cases_or_of_one(tmp_path: Path) -> None:
    case_set, _ = made(40)
    perfect = [
        said(qwen(*one.calls) if one.calls else one.text, id=one.id) for one in case_set.cases
    ]
    value = embedded(write(report_of(evaluate(case_set, perfect)), tmp_path).read_text())
    assert {one["verdict"] for one in value["cases"]} == {"right"}
    nothing = write(report_of(evaluate(case_set, [])), tmp_path).read_text()
    assert {one["verdict"] for one in embedded(nothing)["cases"]} == {"unscored"}
    assert 'id="confusion"' not in nothing


def test_picked_cases_are_of_every_kind_first() -> None:
    evaluation = judged(1_000)
    places = list(picked(evaluation.judged, Most(failures=10_000, right=10_000)))
    assert sorted(places) == list(range(1_000))
    failures = sum(one.correct is not True for one in evaluation.outcomes)
    first = [evaluation.judged[place].outcome.outcome for place in places[:60]]
    assert set(first) >= {one.outcome for one in evaluation.outcomes if one.correct is not True}
    assert all(evaluation.outcomes[place].correct is not True for place in places[:failures])


@given(st.lists(st.integers(0, 5), max_size=40))
def test_taking_in_turn_loses_nothing(kinds: list[int]) -> None:
    order = list(in_turn(range(len(kinds)), lambda place: kinds[place]))
    assert sorted(order) == list(range(len(kinds)))
    assert len({kinds[place] for place in order[: len(set(kinds))]}) == len(set(kinds))


def test_every_label_has_both_languages_and_the_same_blanks() -> None:
    for key, (english, chinese) in _WORDS.items():
        assert english and chinese, key
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", chinese)), key
    script = (Path(__file__).parents[2] / "fctune/pages/evaluation.js").read_text()
    for key in re.findall(r'say\("(\w+)"', script):
        assert key in _WORDS, key
    for outcome in Outcome:
        assert f"outcome_{outcome.value}" in _WORDS and f"means_{outcome.value}" in _WORDS


def test_a_metric_has_one_name_on_the_page_and_in_results_json() -> None:
    for one in METRICS:
        english, chinese = _WORDS[f"metric_{one.name}"]
        assert english.casefold().replace(" ", "_") == one.name
        assert chinese
    assert _WORDS["metric_argument_accuracy"] == ("argument accuracy", "参数准确率")
    assert _WORDS["metric_decision_macro_f1"][0] == "decision macro F1"


def test_what_is_out_of_the_ordinary_is_told_before_the_numbers(tmp_path: Path) -> None:
    cases = [case(id="a#1"), replace(case(id="b#1"), tools_told=False)]
    whole = CaseSet(tmp_path / "shop.jsonl", "", tuple(cases), 2, 2)
    done = evaluate(whole, [said("", "a#1"), said("Hello.", "b#1")])
    seen = Contamination("shop_train.jsonl", 5, 2, ("b#1",))
    config = RunConfig("out/shop", "qwen", 42, contamination=seen)
    path = write(Report.of(done, config), tmp_path)
    page = path.read_text(encoding="utf-8")
    for told in (
        "1 of 2 answers are empty",
        "1 of 2 cases do not tell which tools the model had",
        "1 of 2 cases have a prompt that stands in the training rows of shop_train.jsonl",
        "Contamination",
    ):
        assert told in page.split("<script")[0], told
    none = Contamination("shop_train.jsonl", 5, 2, ())
    path = write(Report.of(done, replace(config, contamination=none)), tmp_path)
    assert "Contamination" not in path.read_text(encoding="utf-8").split("<script")[0]


def test_every_key_of_results_json_is_a_section_known_or_not() -> None:
    one = {"value": 0.5, "ci": [0.1, 0.9], "n": 3, "num": 1, "den": 2, "method": "wilson"}
    content = {
        "metrics": {"function_accuracy": one}, "by_lesson": {}, "by_tool": {},
        "by_tag": {"category:简单": {"overall_accuracy": one}, "ours:7": {"overall_accuracy": one},
                   "of:a#1": {"overall_accuracy": one}},
        "robustness": {
            "by_variant": {"typos": {"delta": {"value": -0.25, "ci": None, "n": 4}, "n": 4}},
            "new": {"a_b": {"delta": one}, "c": {"delta": one}},
            "attack_success": one, "seed": 3,
        },
        "execution": {"cases": [{"id": "1", "ok": True}], "limits": {"seconds": 2.5}},
    }  # fmt: skip
    found = {section.id: section for section in sections(content)}
    assert list(found) == ["metrics", "tags", "robustness", "execution"]
    assert [table.caption for table in found["metrics"].tables] == ["group_overall"]
    assert [table.caption for table in found["tags"].tables] == ["family_category", "ours"]
    assert found["tags"].tables[0].rows[0][0].link == "#tag=category%3A%E7%AE%80%E5%8D%95"
    shown = [
        [cell.text for cell in row] for table in found["robustness"].tables for row in table.rows
    ]
    assert ["attack_success", "0.500", "3"] in shown
    assert ["seed", "3"] in shown
    assert ["typos", "-", "-", "-0.250", "4", ""] in shown
    assert ["a_b", "0.500"] in shown
    texts = [cell.text for table in found["execution"].tables for row in table.rows for cell in row]
    assert texts == ["seconds", "2.5", "1", "yes"]


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=20,
))  # fmt: skip
def test_values_of_any_shape_become_tables(value: Any) -> None:
    for table in tables_of(value):
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_a_metric_outside_of_one_or_without_interval_is_drawn_within_its_line() -> None:
    cell = metric({"value": 1.4, "ci": [-0.2, 1.6], "n": 40, "num": 7, "den": 5, "method": ""})
    assert (cell.bar and (cell.bar.at, cell.bar.low, cell.bar.high)) == (100, 0, 100)
    assert metric({"value": None, "n": 0, "num": 0, "den": 0}).text == "-"
    assert metric(None).bar is None


# Texts of others


def test_accepted_values_stand_beside_the_gold_one() -> None:
    gold = ToolCall("order", {"item": "tea", "size": "S"})
    accepted = Accepted({"item": ("tea", "Tea", "茶"), "size": ("S",)}, frozenset({"size"}))
    one = replace(case(gold), accepted=(accepted,))
    evaluation = evaluate(
        CaseSet(Path("t"), "", (one,), 1, 1), [said(qwen(ToolCall("order", {"item": "milk"})))]
    )
    (pair,) = side_by_side(evaluation.judged[0], evaluation)
    item, size = pair["slots"]
    assert (item["due"], item["also"], item["right"]) == ('"tea"', ['"Tea"', '"茶"'], False)
    assert (size["got"], size["omittable"]) == (None, True)
    other = evaluate(
        evaluation.case_set, [said(qwen(ToolCall("track", {"item": "tea", "id": "7"})))]
    )
    (pair,) = side_by_side(other.judged[0], other)
    assert (pair["due"], pair["got"]) == ("order", "track")
    assert [slot["right"] for slot in pair["slots"]] == [True, False, False]


def test_a_wrong_value_that_nobody_said_is_named_on_its_row(tmp_path: Path) -> None:
    one = case(ToolCall("order", {"item": "tea", "size": "S"}))
    made = ToolCall("order", {"item": "Mojito cocktail", "size": "S"})
    evaluation = evaluate(CaseSet(Path("t"), "", (one,), 1, 1), [said(qwen(made))])
    (pair,) = side_by_side(evaluation.judged[0], evaluation)
    marked = {slot["name"]: slot.get("invented", False) for slot in pair["slots"]}
    assert marked == {"item": True, "size": False}


def test_hostile_texts_are_data_in_the_page(tmp_path: Path) -> None:
    case_set, predictions = hostile()
    odd = replace(case_set.cases[1], id="odd#1", lesson=HOSTILE, calls=(ToolCall(HOSTILE, {}),))
    case_set = replace(case_set, cases=(*case_set.cases, odd))
    evaluation = evaluate(case_set, [*predictions, said("No.", id="odd#1")])
    path = write(report_of(evaluation), tmp_path)
    html = path.read_text(encoding="utf-8")
    assert html.count("</script>") == 2 and html.count("<script") == 2
    assert "\u202e" not in html.replace(
        re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1], ""
    )  # type: ignore[index]
    assert path.stat().st_size < 200_000  # a text of 1,000,000 characters is cut
    big = next(one for one in embedded(html)["cases"] if one["id"] == "big#1")
    assert re.search(r"\x00\d{6}$", big["raw"])


def test_many_calls_and_arguments_are_cut() -> None:
    asked = hostile()[0].cases[0]
    wide = ToolCall("order", {f"k{n}": "v" * 900 for n in range(150)})
    said_much = Prediction(asked.id, "", Decoded((wide,) * 300), "stop")
    outcome = judge(asked, said("", id=asked.id))
    evaluation = Evaluation(hostile()[0], (Judged(asked, said_much, outcome),))
    collected = EmbeddedCases(evaluation, confusion_of([], Mode.STRICT))
    one = collected.case(evaluation.judged[0])
    assert len(one["read"]) == 101 and one["read"][-1] == ["…", "+ 200"]
    assert collected.characters < 300_000


# In a real browser


@needs_chromium
def test_filters_and_search(path: Path, report: Report, browser: Page) -> None:
    browser.messages.clear()
    browser.open(path.as_uri())
    assert browser.seen("#found") == [f"{COUNT} of {COUNT} cases on this page"]
    counts = report.as_dict()["outcomes"]
    browser.choose("#by-outcome", "wrong_tool")
    assert browser.seen("#found") == [f"{counts['wrong_tool']} of {COUNT} cases on this page"]
    assert set(browser.seen(".row .kind")) == {"wrong tool"}
    browser.click("button[type=reset]")
    browser.wait(f"document.getElementById('found').textContent.startsWith('{COUNT} of')")
    browser.choose("#by-tool", "查询物流")
    browser.choose("#by-verdict", "wrong")
    shown = len(browser.seen(".row"))
    expected = [
        item
        for item in report.evaluation.judged
        for calls in [(*item.case.calls, *item.prediction.decoded.calls)]
        if item.outcome.correct is False and "查询物流" in {call.name for call in calls}
    ]
    assert shown == len(expected) > 0
    browser.click("button[type=reset]")
    browser.wait(f"document.getElementById('found').textContent.startsWith('{COUNT} of')")
    browser.click("#find")
    browser.type("快递 sf-6")
    hits = [
        item
        for item in report.evaluation.judged
        for text in [f"{item.case.messages} {item.case.calls} {item.prediction.text}"]
        if "快递" in text and "SF-6" in text
    ]
    assert len(browser.seen(".row")) == len(hits) > 0
    browser.type(" nowhere at all")
    assert browser.seen("#list") == ["No case on this page fits."]
    assert browser.messages == []


@needs_chromium
def test_a_case_tells_its_whole_story(path: Path, report: Report, browser: Page) -> None:
    browser.messages.clear()
    item = next(one for one in report.evaluation.judged if one.outcome.outcome is Outcome.VALUE)
    browser.open(path.as_uri())
    browser.choose("#by-outcome", "value")
    browser.click(".row summary")
    browser.wait("document.querySelector('.row[open] .arguments') !== null")
    assert item.outcome.reason in browser.seen(".row[open] .reason")[0]
    assert item.case.messages[-1]["content"] in browser.seen(".row[open] .turn.user")[-1]
    assert "Due" in browser.seen(".row[open] .side")[0]
    off = browser.seen(".row[open] tr.off")
    assert off and "expected" in off[0]
    assert browser.seen(".row[open] pre.raw")[0].strip() == str(item.prediction.text).strip()
    browser.click(".row[open] .turn.system ~ .turn.system summary")
    browser.wait("document.querySelector('.row[open] .turn.system pre') !== null")
    assert '"get_weather"' in browser.seen(".row[open] .turn.system pre")[0]
    assert browser.messages == []


@needs_chromium
def test_a_malformed_case_says_why_it_cannot_be_read(path: Path, browser: Page) -> None:
    browser.open(f"{path.as_uri()}#outcome=malformed")
    browser.click(".row summary")
    browser.wait("document.querySelector('.row[open] .side') !== null")
    assert "cannot be read: " in browser.seen(".row[open] .side")[1]


@needs_chromium
def test_a_cell_of_the_tool_matrix_filters_the_cases(
    path: Path, report: Report, browser: Page
) -> None:
    browser.open(path.as_uri())
    found = confusion_of(report.evaluation.judged, Mode.STRICT)
    row, column = found.rows.index("get_weather"), found.columns.index("no_call")
    assert found.matrix[row][column]
    browser.click(f'#confusion a[href="#cell={row},{column}"]')
    browser.wait("!document.getElementById('cell').hidden")
    expected = sum((row, column) in cells for cells in found.cells.values())
    assert len(browser.seen(".row")) == expected > 0
    assert browser.seen("#cell") == ["get_weather → no_call ×"]
    assert browser.value("document.querySelectorAll('#confusion a.chosen').length") == 1
    browser.click("#cell")
    browser.wait(f"document.getElementById('found').textContent.startsWith('{COUNT} of')")
    assert browser.seen("#cell") == []


@needs_chromium
def test_a_bar_of_the_outcomes_leads_to_its_cases(
    path: Path, report: Report, browser: Page
) -> None:
    browser.open(path.as_uri())
    browser.click('a[href="#outcome=false_call"]')
    count = report.as_dict()["outcomes"]["false_call"]
    browser.wait(f"document.querySelectorAll('.row').length === {count}")
    browser.click('a[href="#tool=track_order"]')
    browser.wait("document.getElementById('by-tool').value === 'track_order'")
    assert browser.value("document.getElementById('by-outcome').value") == ""


@needs_chromium
def test_tables_sort_by_a_click_on_their_head(path: Path, browser: Page) -> None:
    browser.open(path.as_uri())
    table = "document.querySelector('#by_tool ~ .scroll .sorts')"
    column = f"[...{table}.tBodies[0].rows].map(row => Number(row.cells[1].dataset.s))"
    before = browser.value(column)
    button = "#by_tool ~ .scroll .sorts th:nth-child(2) button"
    browser.click(button)
    assert browser.value(column) == sorted(before) != before
    assert browser.value(f"{table}.tHead.rows[0].cells[1].getAttribute('aria-sort')") == "ascending"
    browser.click(button)
    assert browser.value(column) == sorted(before, reverse=True)
    browser.click("#by_tool ~ .scroll .sorts th:nth-child(1) button")
    names = browser.value(f"[...{table}.tBodies[0].rows].map(row => row.cells[0].innerText)")
    assert names == sorted(names)
    assert browser.value(f"{table}.tHead.rows[0].cells[1].getAttribute('aria-sort')") is None


@needs_chromium
def test_a_deep_link_opens_its_case_and_a_missing_one_is_told(
    path: Path, report: Report, browser: Page
) -> None:
    last = report.evaluation.judged[-3].case.id
    browser.open(path.as_uri())
    browser.value(f"location.hash = 'case=' + encodeURIComponent({json.dumps(last)})")
    browser.wait("document.querySelector('.row[open]') !== null")
    assert browser.seen(".row[open] .place") == [last]
    top = browser.value("document.querySelector('.row[open]').getBoundingClientRect().top")
    bar = browser.value("document.querySelector('.find').getBoundingClientRect().bottom")
    assert bar <= top < 300
    browser.value("location.hash = 'case=gone'")
    browser.wait("document.querySelector('.missing') !== null")
    assert "fctune score predictions.jsonl --explain gone" in browser.seen(".missing")[0]


@needs_chromium
def test_the_keyboard_alone_is_enough(path: Path, browser: Page) -> None:
    browser.open(path.as_uri())
    press = (
        "document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', {key: '%s', bubbles: true}))"
    )
    browser.value(press % "j")
    browser.value(press % "j")
    at = (
        "[...document.querySelectorAll('.row')]"
        ".findIndex(one => one.contains(document.activeElement))"
    )
    assert browser.value(at) == 1
    browser.value(press % "k")
    assert browser.value(at) == 0
    browser.value(press % "/")
    assert browser.value("document.activeElement.id") == "find"
    unnamed = browser.value(
        "[...document.querySelectorAll('button, select, input, a')]"
        ".filter(one => one.checkVisibility()"
        " && !(one.innerText || one.getAttribute('aria-label') || '').trim()).length"
    )
    assert unnamed == 0


@needs_chromium
def test_the_language_switches_every_label(path: Path, browser: Page) -> None:
    browser.open(path.as_uri())
    browser.click(".row summary")
    browser.wait("document.querySelector('.row[open] .inside') !== null")
    browser.click("#language")
    browser.wait("document.documentElement.lang === 'zh'")
    assert browser.seen("#found") == [f"本页 {COUNT} 个用例中的 {COUNT} 个"]
    assert "函数调用准确率" in browser.seen(".tile.first")[0]
    assert "漏调用" in " ".join(browser.seen(".outcomes .line"))
    assert "应调用的用例中，全部调用正确的比例" in browser.seen("#metrics ~ .scroll")[0]
    browser.wait("document.querySelector('.row[open] .inside') !== null")
    assert "原因" in browser.seen(".row[open] .reason")[0]
    assert browser.value("document.getElementById('find').placeholder") == "搜索提示、输出、原因"
    browser.click("#language")
    assert browser.seen("#found") == [f"{COUNT} of {COUNT} cases on this page"]


@needs_chromium
def test_hostile_cases_are_shown_and_do_nothing(tmp_path: Path, browser: Page) -> None:
    browser.messages.clear()
    path = write(report_of(evaluate(*hostile())), tmp_path)
    browser.open(path.as_uri())
    for _ in range(2):
        browser.click(".row:not([open]) summary")
    browser.wait("document.querySelectorAll('.row[open] .inside').length === 2")
    for number in (1, 2):
        browser.click(f".row:nth-of-type({number}) .turn.system details summary")
    browser.wait("document.querySelectorAll('.row[open] details[open]').length >= 2")
    assert browser.value("document.title") == "Evaluation: out/shop"
    assert browser.value("document.querySelectorAll('img, iframe, object').length") == 0
    assert browser.value("document.scripts.length") == 2
    text = browser.value("document.body.innerText")
    assert HOSTILE.split('"')[0] in text and "\u202e" not in text
    assert "U+202E" in text and "U+DC80" in text and "more characters" in text
    assert browser.value("document.documentElement.scrollWidth <= innerWidth")
    assert browser.messages == []


@needs_chromium
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1400])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_fits_every_screen(
    report: Report, tmp_path: Path, browser: Page, width: int, dark: bool, lang: str
) -> None:
    path = write(report, tmp_path, lang=lang)
    browser.open(f"{path.as_uri()}#outcome=value", width=width, dark=dark)
    browser.click(".row summary")
    browser.wait("document.querySelector('.row[open] .sides') !== null")
    assert browser.value("document.documentElement.scrollWidth <= innerWidth")
    background = browser.value("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(20, 23, 27)" if dark else "rgb(255, 255, 255)")
    assert browser.seen("h2")[0] == {"en": "Outcomes", "zh": "结果分布"}[lang]
    sides = browser.value(
        "[...document.querySelectorAll('.sides > div')].map(one => one.getBoundingClientRect().top)"
    )
    assert (sides[0] == sides[1]) == (width > 720)
