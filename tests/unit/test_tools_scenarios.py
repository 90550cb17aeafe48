"""The catalogues that users copy: the same tools in both languages, every example lawful."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from fctune.tools.check import check_call
from fctune.tools.describe import told, untold
from fctune.tools.lint.judge import lint_catalog
from fctune.tools.read import load_catalog
from fctune.tools.spec import ToolCall, ToolCatalog

FOLDER = Path(__file__).resolve().parents[2] / "data" / "tools"
SCENARIOS = ("ecommerce", "medical", "finance", "smart_home", "office")
LANGUAGES = ("en", "zh")
# Calls that move money, lose something, let somebody in, or speak in the user's name.
NEED_CONFIRMATION = {
    "ecommerce": {"cancel_order", "request_refund", "request_return"},
    "medical": {
        "book_appointment", "reschedule_appointment", "cancel_appointment", "record_allergy",
        "create_prescription", "refill_prescription",
    },
    "finance": {
        "transfer_money", "schedule_payment", "cancel_scheduled_payment", "freeze_card",
        "set_card_limit", "dispute_transaction", "place_security_order",
    },
    "smart_home": {"unlock_door", "set_alarm_mode", "create_routine"},
    "office": {
        "create_event", "cancel_event", "send_email", "request_leave", "submit_expense",
        "share_document",
    },
}  # fmt: skip
CHINESE = re.compile("[\u3400-\u9fff]")
NAMED = re.compile(r"(?<![A-Za-z0-9_])[a-z]+(?:_[a-z]+)+(?![A-Za-z0-9_])")


def catalogue(scenario: str, language: str) -> ToolCatalog:
    catalog, issues = load_catalog(FOLDER / f"{scenario}.{language}.yaml")
    assert [str(found) for found in issues] == []
    return catalog


def bare(value: Any) -> Any:
    """Return a schema without its descriptions; a property of that name stays."""
    if isinstance(value, Mapping):
        return {
            key: {name: bare(inner) for name, inner in part.items()}
            if key == "properties"
            else bare(part)
            for key, part in value.items()
            if key != "description"
        }
    return [bare(part) for part in value] if isinstance(value, list) else value


def texts(value: Any) -> Iterator[str]:
    """Yield every description of a schema, from the outside in."""
    if isinstance(value, Mapping):
        if isinstance(value.get("description"), str):
            yield value["description"]
        for part in value.values():
            yield from texts(part)


def values(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from values(part)
    elif isinstance(value, list):
        for part in value:
            yield from values(part)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_both_languages_hold_the_same_twelve_tools(scenario: str) -> None:
    english, chinese = (catalogue(scenario, language) for language in LANGUAGES)
    assert len(english) == 12
    assert english.names == chinese.names
    for one, other in zip(english, chinese, strict=True):
        assert json.dumps(bare(one.parameters)) == json.dumps(bare(other.parameters)), one.name
        assert len(list(texts(one.parameters))) == len(list(texts(other.parameters))), one.name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_tool_is_told_whole(scenario: str, language: str) -> None:
    for spec in (catalog := catalogue(scenario, language)):
        written = [spec.description, *texts(spec.parameters), *(e.input for e in spec.examples)]
        assert all(bool(CHINESE.search(text)) is (language == "zh") for text in written), spec.name
        assert spec.parameters["additionalProperties"] is False
        assert check_call(ToolCall(spec.name, {}), catalog), f"{spec.name} takes an empty call"
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", spec.name)
        assert all(re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", name)
                   for name in spec.parameters["properties"])  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_example_is_a_lawful_call_grounded_in_its_words(scenario: str, language: str) -> None:
    for spec in (catalog := catalogue(scenario, language)):
        assert len(spec.examples) == 2, spec.name
        for example in spec.examples:
            assert check_call(example.call, catalog) == [], example.input
            for value in values(example.call.arguments):
                for number in re.findall(r"[A-Z]*\d{4,}[A-Z0-9]*|[A-Z]{3,}\d+", value):
                    assert number in example.input, f"{spec.name}: {value}"
            assert example.call.name == spec.name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_descriptions_differ_and_name_only_tools_that_exist(scenario: str, language: str) -> None:
    catalog = catalogue(scenario, language)
    for one, other in combinations(catalog, 2):
        shared = _grams(one.description) & _grams(other.description)
        fewer = min(len(_grams(one.description)), len(_grams(other.description)))
        assert len(shared) < fewer / 2, f"{one.name} and {other.name}"
    neighbours = 0
    for spec in catalog:
        named = set(NAMED.findall(spec.description))
        assert named <= set(catalog.names) - {spec.name}, spec.name
        neighbours += bool(named)
    assert neighbours >= 9


def _grams(text: str) -> set[str]:
    sentences = re.split(r"(?<=[.。;；：:]) ?", text)
    text = " ".join(part for part in sentences if not re.search("confirm|确认", part))
    units = list(CHINESE.findall(text)) if CHINESE.search(text) else text.lower().split()
    return {" ".join(units[i : i + 2]) for i in range(len(units) - 1)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_cannot_be_undone_asks_for_confirmation(scenario: str, language: str) -> None:
    catalog = catalogue(scenario, language)
    asked = {spec.name for spec in catalog if re.search("confirm|确认", spec.description)}
    assert asked == NEED_CONFIRMATION[scenario]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_catalogues_pass_our_own_check(scenario: str, language: str) -> None:
    assert [str(found) for found in lint_catalog(catalogue(scenario, language))] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_their_examples_can_be_woven_and_found_again(scenario: str, language: str) -> None:
    catalog = catalogue(scenario, language)
    for spec, woven in zip(catalog, told(catalog, examples=2), strict=True):
        assert untold(woven.description, spec.name) == (spec.description, spec.examples)


def test_the_list_of_catalogues_is_whole() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    files = {path.name for path in FOLDER.glob("*.yaml")}
    assert files == {
        "ecommerce.yaml",
        *(f"{scenario}.{language}.yaml" for scenario in SCENARIOS for language in LANGUAGES),
    }
    assert [name for name in files if name not in page] == []
