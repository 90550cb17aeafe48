"""The error tree and the issue catalogue: every entry is complete and can be printed."""

from __future__ import annotations

import re

import pytest

from fctune import errors
from fctune.catalogue import CATALOGUE
from fctune.issues import Accepted, Issue, Origin, Rejected, Severity, blocking, issue


def _subclasses(base: type) -> list[type]:
    return [base] + [sub for child in base.__subclasses__() for sub in _subclasses(child)]


@pytest.mark.parametrize("kind", _subclasses(errors.FctuneError))
def test_every_error_prints_where_and_what(kind: type[errors.FctuneError]) -> None:
    fault = kind("got 1, expected 2", where="a.jsonl:3", hint="type this")
    assert str(fault) == "a.jsonl:3: got 1, expected 2"
    assert fault.hint == "type this"
    assert str(kind("plain")) == "plain"


def test_exit_codes_are_those_of_the_design() -> None:
    codes = {kind.__name__: kind.exit_code for kind in _subclasses(errors.FctuneError)[1:]}
    assert codes == {
        "ProblemsFound": 1,
        "UsageFault": 2,
        "InputFault": 3,
        "EnvironmentFault": 4,
        "TrainerFault": 5,
        "EndpointFault": 5,
        "Interrupted": 130,
    }


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_code_is_complete_and_printed(code: str) -> None:
    entry = CATALOGUE[code]
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", code)
    assert entry.example and entry.hint and entry.meaning.endswith(".")
    found = issue(code, "turns[0]", "got x")
    assert str(found) == f"turns[0]: got x [{code}]"
    assert found.as_dict()["hint"] == entry.hint


def test_a_code_outside_the_catalogue_is_refused() -> None:
    with pytest.raises(KeyError):
        Issue("no-such-code", "", "")


def test_only_errors_block() -> None:
    repair = issue("tail-cut", "", "cut")
    fault = issue("role-order", "turns[1]", "got gpt")
    assert repair.severity is Severity.REPAIR
    assert not blocking([repair])
    assert blocking([repair, fault])
    assert Accepted("row", (repair,)).issues == (repair,)


def test_a_reject_names_its_codes_and_keeps_the_row() -> None:
    row = Rejected(
        Origin("a.jsonl", 7),
        (issue("tail-cut", "", "cut"), issue("role-order", "turns[1]", "x")),
        {"k": "值"},
    ).as_row()
    assert row["origin"] == "a.jsonl:7"
    assert row["codes"] == ["role-order"]
    assert row["row"] == {"k": "值"}
    assert [found["code"] for found in row["issues"]] == ["tail-cut", "role-order"]
