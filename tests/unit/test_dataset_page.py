"""The report and the card of a dataset: what they hold, that nothing breaks out, real clicks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.catalogue import CATALOGUE
from fctune.dataset.inspect.audits import MOST_ROWS, cell, not_made, sections
from fctune.dataset.inspect.bins import bars_of
from fctune.dataset.inspect.marks import visible
from fctune.dataset.inspect.place import find
from fctune.dataset.inspect.rejected import some_rejected
from fctune.dataset.inspect.rows import Rows
from fctune.dataset.inspect.survey import survey
from fctune.dataset.manifest import load_manifest
from fctune.dataset.page.card import card, write_card
from fctune.dataset.page.embed import relative, script_json
from fctune.dataset.page.marked import code, words
from fctune.dataset.page.report import page_of, write_report
from fctune.dataset.page.words import _WORDS
from fctune.jsonl import dump_line
from tests.unit.chromium import Page, chromium, needs_chromium
from tests.unit.inspect_samples import HOSTILE, RAW, TURNED, make_dataset

NASTY = st.text(
    alphabet=st.sampled_from("<>/!-&'\"\\\u2028\u2029\u202e\0\n`|[]()script中"), max_size=40
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_dataset(tmp_path)


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


def test_the_report_stands_beside_the_dataset_and_is_the_same_each_time(data: Path) -> None:
    path = write_report(data, "shop")
    assert path == data / "shop.report.html"
    first = path.read_bytes()
    assert write_report(data, "shop", verified=True).read_bytes() == first
    html = first.decode()
    assert "default-src 'none'" in html
    assert not re.search(r'(?:src|href)\s*=\s*"(?:https?:)?//', html)
    assert html.count("<svg") >= 10


def test_a_staged_dataset_links_from_where_it_will_stand(data: Path) -> None:
    staged = data / ".shop.staging"
    staged.mkdir()
    whole = write_report(data, "shop").read_bytes()
    for path in data.glob("shop*"):
        path.rename(staged / path.name)
    assert write_report(staged, "shop", home=data).read_bytes() == whole


def test_every_row_is_there_with_what_is_known_of_it(data: Path) -> None:
    value = embedded(page_of(find("shop", data), data))
    kinds = [row["kind"] for row in value["rows"]]
    assert (kinds.count("accepted"), kinds.count("repaired"), kinds.count("rejected")) == (6, 2, 2)
    first = value["rows"][0]
    assert first["origin"].endswith("raw/a.jsonl:1")
    assert first["link"] == "./../raw/a.jsonl"
    assert first["codes"] == ["call-arguments-decoded"]
    assert json.loads(first["before"]["text"]) == RAW[0]
    assert first["turns"][1]["calls"] == [["look", '{"city": "Oslo"}']]
    parallel = value["rows"][3]
    assert parallel["turns"][1]["text"] == "One moment."
    assert parallel["turns"][2]["results"] == ["seven", "eight"]
    assert value["rows"][-1]["issues"][0]["message"] == f"got {HOSTILE}"
    assert value["tools"][0]["name"] == "look"
    assert value["codes"]["call-enum"]["hint"] == CATALOGUE["call-enum"].hint


def test_a_raw_file_that_changed_or_went_is_not_shown_as_before(data: Path) -> None:
    raw = data.parent / "raw" / "a.jsonl"
    raw.write_text(raw.read_text().replace("Oslo", "Rome"))
    assert embedded(page_of(find("shop", data), data))["rows"][0]["before"] == {
        "missing": "changed"
    }
    raw.unlink()
    row = embedded(page_of(find("shop", data), data))["rows"][0]
    assert (row["before"], row["link"]) == ({"missing": "gone"}, "")


def test_without_sidecar_and_audit_the_page_says_so(tmp_path: Path) -> None:
    data = make_dataset(tmp_path, sidecar=False, audit=False)
    html = page_of(find("shop", data), data)
    assert "has no sidecar of rows" in html and "Not audited" in html
    assert "ungrounded argument" not in html
    assert {row["lesson"] for row in embedded(html)["rows"] if "lesson" in row} == {
        "ask_back", "call", "general", "parallel"} - {"ask_back"}  # fmt: skip


def test_a_large_set_is_sampled_with_every_code_lesson_and_split(tmp_path: Path) -> None:
    data = make_dataset(tmp_path)
    rows = (data / "shop_train.jsonl").read_bytes().splitlines()
    line = json.loads((data / "shop.rows.jsonl").read_text().splitlines()[1])
    many = [
        {**line, "row": row, "codes": ["row-windowed"] if row == 2_777 else [],
         "lesson": "recover" if row == 1_234 else "general"}
        for row in range(1, 3_001)
    ]  # fmt: skip
    rest = [json.loads(one) for one in (data / "shop.rows.jsonl").read_text().splitlines()[6:]]
    (data / "shop_train.jsonl").write_bytes(b"".join(rows[1] + b"\n" for _ in many))
    (data / "shop.rows.jsonl").write_bytes(b"".join(dump_line(o) + b"\n" for o in [*many, *rest]))
    found = survey(Rows(find("shop", data)), read=100, pick=60)
    assert found.total == 3_002
    assert len(found.picked) == 60
    assert {1_234, 2_777} <= {facts.row for facts in found.picked}
    assert {facts.split for facts in found.picked} == {"train", "dev", "test"}
    assert found.lessons["train"]["general"] == 2_999
    assert found.codes == {"row-windowed": {"train": 1}}
    assert found.read == 100
    numbers = [facts.row for facts in found.picked if facts.split == "train"]
    assert all(any(low <= n < low + 500 for n in numbers) for low in range(0, 3_000, 500))
    html = page_of(find("shop", data), data, most=60)
    assert "This page holds 58 of 3002 written rows and 2 of 2 rejected" in html


def test_rejected_rows_are_drawn_from_every_code(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    one = {"origin": "a:1", "codes": ["call-type"], "issues": [], "row": "x"}
    rows = [{**one, "codes": ["call-enum"]} if at == 4_321 else one for at in range(5_000)]
    path.write_bytes(b"".join(dump_line(row) + b"\n" for row in rows))
    found, total = some_rejected(path, 20)
    assert (len(found), total) == (20, 5_000)
    assert 4_322 in {row.number for row in found}


def test_long_texts_and_many_turns_are_cut(tmp_path: Path) -> None:
    data = make_dataset(tmp_path)
    turns = [{"from": "human", "value": "x" * 9_000}, {"from": "gpt", "value": "y"}] * 400
    row = {"conversations": turns, "system": "s" * 99_999, "tools": ""}
    (data / "shop_dev.jsonl").write_bytes(dump_line(row) + b"\n")
    html = page_of(find("shop", data), data)
    found = next(row for row in embedded(html)["rows"] if row.get("split") == "dev")
    assert len(found["turns"]) == 201
    assert found["system"].endswith("\x0095999")
    assert len(json.dumps(found)) < 120_000


@given(st.recursive(NASTY, lambda inner: st.lists(inner) | st.dictionaries(NASTY, inner)))
def test_no_text_ends_the_script(value: Any) -> None:
    text = script_json(value)
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text) == value


def test_links_stay_within_files(tmp_path: Path) -> None:
    assert relative(tmp_path / "javascript:alert(1)", tmp_path) == "./javascript%3Aalert%281%29"
    assert relative(tmp_path / '"><b>.jsonl', tmp_path / "data") == "./../%22%3E%3Cb%3E.jsonl"


def test_every_label_has_both_languages_and_the_same_blanks() -> None:
    for key, (english, chinese) in _WORDS.items():
        assert english and chinese, key
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", chinese)), key


# Audits and bars


def test_audits_of_any_shape_become_figures_and_tables() -> None:
    found = sections(
        {
            "a": {"rows": 2, "inner": {"share": 0.5}, "list": [{"x": 1}, {"y": [1, {"z": None}]}]},
            "b": {"top": {f"k_{n}": {"in_train": n} for n in range(40)}},
            "e": {
                "dev": {"rows": 1, "p": {"of": 3}},
                "test": {"rows": 2},
                "other": {"x": {"y": 1}},
            },
            "c": {},
            "d": "odd",
        }
    )
    assert [section.name for section in found] == ["a", "b", "e", "d"]
    assert found[0].figures == (("rows", "2"), ("inner", "share 0.5"))
    assert found[0].tables[0].columns == ("x", "y")
    assert found[0].tables[0].rows == (("1", "-"), ("-", "1; z -"))
    assert len(found[1].tables[0].rows) == MOST_ROWS
    assert found[1].tables[0].more == 20
    assert found[1].tables[0].columns == ("name", "in train")
    assert found[1].tables[0].rows[3] == ("k_3", "3")
    assert found[2].tables[0].columns == ("", "dev", "test")
    assert found[2].tables[0].rows == (("rows", "1", "2"), ("p", "of 3", "-"))
    assert not_made({"a": None, "b": {}, "c": {"x": 1}}) == ("a", "b")
    assert sections(["no"]) == ()
    assert len(cell("x" * 999)) == 300


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=200))
def test_bars_hold_every_number_once(numbers: list[int]) -> None:
    bars = bars_of(numbers)
    assert sum(bar.rows for bar in bars) == len(numbers)
    assert len(bars) <= 17
    for bar in bars:
        inside = [n for n in numbers if n >= bar.low and (bar.high is None or n <= bar.high)]
        assert len(inside) == bar.rows


# The card


def test_the_card_tells_what_it_is_and_how_it_was_made(data: Path) -> None:
    path = write_card(data, "shop")
    text = path.read_text()
    assert text == card(load_manifest(data / "shop.manifest.json"))
    for part in (
        "# Dataset shop", "8 rows (train 6, dev 1, test 1)", "| `look` | 4 |",
        "| 1 | rejected | `call-enum` |", "### Near duplicates", "--strict", "--tools FILE",
        "--seed 42", "1 row was kept with `argument-ungrounded`.", "dev has 1 row:",
        "No tool is held out", "at most 2048 tokens",
    ):  # fmt: skip
        assert part in text, part


def test_names_of_others_stay_words_in_the_card(data: Path) -> None:
    text = card(load_manifest(data / "shop.manifest.json"))
    outside = re.sub(r"```.*?```|``.*?``|`[^`\n]*`", "", text, flags=re.DOTALL)
    assert not re.search(r"(?<!\\)<", outside)
    assert "\u202e" not in text
    assert all(line.count("|") >= 3 for line in text.splitlines() if line.startswith("| "))


@given(NASTY)
def test_markdown_of_any_text_stays_on_its_line(text: str) -> None:
    assert "\n" not in words(text) + code(text)
    assert not re.search(r"(?<!\\)[<|]", re.sub(r"\\\\", "", words(text)))
    assert "|" not in code(text)


# In a real browser


@needs_chromium
def test_filters_search_and_rows_in_a_browser(data: Path, browser: Page) -> None:
    browser.messages.clear()
    browser.open(write_report(data, "shop").as_uri())
    assert browser.seen("#found") == ["10 of 10 rows on this page"]
    browser.choose("#by-kind", "rejected")
    assert [head.split()[0] for head in browser.seen(".row summary")] == ["rejects:1", "rejects:2"]
    browser.click(".row summary")
    browser.wait("document.querySelector('.row[open] .reasons') !== null")
    assert "call-enum (error) turns[1]: got </script>" in browser.seen(".row .reasons")[0]
    assert CATALOGUE["call-enum"].hint in browser.seen(".row .reasons")[0]
    browser.click("button[type=reset]")
    browser.wait("document.querySelectorAll('.row').length === 10")
    browser.choose("#by-tool", "查询物流")
    assert browser.seen("#found") == ["3 of 10 rows on this page"]
    browser.choose("#by-tool", "")
    browser.click("#find")
    browser.type("快递 sf-100")
    assert [head.split()[0] for head in browser.seen(".row summary")] == ["train:3", "test:1"]
    browser.click("button[type=reset]")
    browser.wait("document.querySelectorAll('.row').length === 10")
    browser.click("#find")
    browser.type("nowhere at all")
    assert browser.seen("#list") == ["No row on this page fits."]
    assert browser.messages == []


@needs_chromium
def test_a_repaired_row_shows_before_and_after(data: Path, browser: Page) -> None:
    browser.open(write_report(data, "shop").as_uri())
    assert browser.seen(".sides") == []
    browser.click(".row.repaired summary")
    browser.wait("document.querySelector('.sides') !== null")
    before, after = browser.seen(".before")[0], browser.seen(".after")[0]
    assert "only in the raw row" in before
    assert "7 degrees in Oslo." in after
    marked = browser.seen(".before .marked")
    assert len(marked) == 2
    assert '"arguments"' in marked[0] and "only in the raw row" in marked[1]
    assert browser.seen(".after .marked") == ["You help."]
    link = browser.value("document.querySelector('.row a.origin').href")
    assert link == (data.parent / "raw" / "a.jsonl").as_uri()
    assert browser.seen(".row a.origin")[0].endswith("raw/a.jsonl:1")


@needs_chromium
def test_a_code_of_the_overview_leads_to_its_rows(data: Path, browser: Page) -> None:
    browser.open(write_report(data, "shop").as_uri())
    browser.click('a[href="#code=argument-ungrounded"]')
    browser.wait("document.querySelectorAll('.row').length === 1")
    assert browser.seen(".row .place") == ["train:4"]
    browser.click("button[type=reset]")
    browser.wait("document.querySelectorAll('.row').length === 10")
    browser.click('a[href="#lesson=parallel"]')
    browser.wait("document.querySelectorAll('.row').length === 1")
    browser.open(f"{(data / 'shop.report.html').as_uri()}#row=train:4")
    assert browser.seen(".row[open] .place") == ["train:4"]
    assert "seven" in browser.seen(".row[open] .turn.result .what")


@needs_chromium
def test_hostile_rows_are_shown_and_do_nothing(data: Path, browser: Page) -> None:
    browser.messages.clear()
    browser.open(f"{write_report(data, 'shop').as_uri()}#row=train:5")
    browser.wait("document.querySelector('.row[open] .turn') !== null")
    assert browser.value("document.title") == "shop"
    assert browser.value("document.querySelectorAll('img, iframe, object').length") == 0
    assert browser.value("document.scripts.length") == 2
    shown = " ".join(browser.seen(".row[open] .what"))
    assert HOSTILE in shown
    assert "U+202E" in shown and "U+200B" in shown and "\u202e" not in shown
    browser.click(".row[open] .turn.system details summary")
    browser.wait("document.querySelector('.row[open] .turn.system pre') !== null")
    assert HOSTILE.split('"')[0] in browser.seen(".row[open] .turn.system pre")[0]
    assert visible(TURNED) in browser.value(
        "document.getElementById('audits').parentNode.innerText"
    )
    assert browser.messages == []


@needs_chromium
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1400])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_fits_every_screen(
    data: Path, browser: Page, width: int, dark: bool, lang: str
) -> None:
    browser.open(f"{write_report(data, 'shop', lang=lang).as_uri()}#row=train:1", width=width,
                 dark=dark)  # fmt: skip
    browser.wait("document.querySelector('.sides') !== null")
    assert browser.value("document.documentElement.scrollWidth <= innerWidth")
    background = browser.value("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(20, 23, 27)" if dark else "rgb(255, 255, 255)")
    expected = {"en": "10 of 10 rows on this page", "zh": "本页 10 行中的 10 行"}
    assert browser.seen("#found") == [expected[lang]]
    sides = browser.value(
        "[...document.querySelectorAll('.sides > div')].map(one => one.getBoundingClientRect().top)"
    )
    assert (sides[0] == sides[1]) == (width > 720)


@needs_chromium
def test_a_long_list_grows_by_clicks(tmp_path: Path, browser: Page) -> None:
    data = make_dataset(tmp_path, sidecar=False)
    line = (data / "shop_train.jsonl").read_bytes().splitlines()[1] + b"\n"
    (data / "shop_train.jsonl").write_bytes(line * 120)
    browser.open(write_report(data, "shop").as_uri())
    assert len(browser.seen(".row")) == 50
    browser.click("#more")
    browser.wait("document.querySelectorAll('.row').length === 100")
    assert browser.seen("#more") == ["Show 24 more"]
    browser.click("#more")
    assert browser.seen("#more") == []
