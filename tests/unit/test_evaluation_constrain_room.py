"""Cases that must call and have room for no call are refused before they are asked."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fctune.errors import UsageFault
from fctune.evaluation.cases.case_set import EvalCase, read_cases
from fctune.evaluation.local.constrain import Constraint
from fctune.evaluation.local.predict_constrain import Constrainer
from tests.unit.evaluation_samples import write_split


class _Constrainer(Constrainer):
    """One that was told how long calls are, and needs no tokenizer."""

    def __init__(self, constraint: Constraint, needs: dict[str, int]) -> None:
        self._constraint = constraint
        self._needs = needs

    def _known(self, catalog: Any) -> Any:
        return SimpleNamespace(needs=self._needs)

    def _longest(self, catalog: Any, lengths: dict[str, int]) -> int:
        return max(self._needs.values(), default=0)


@pytest.fixture
def cases(tmp_path: Path) -> tuple[EvalCase, ...]:
    return read_cases(write_split(tmp_path / "test.jsonl", ["A1"])).cases


def test_a_required_call_without_room_is_refused_with_the_number_to_give(
    cases: tuple[EvalCase, ...],
) -> None:
    constrainer = _Constrainer(Constraint(tool_choice="required"), {"long": 90, "short": 20})
    with pytest.raises(UsageFault) as met:
        constrainer.refuse(cases, 1)
    assert met.value.message == (
        "answers of 1 token have room for no call in 3 of 3 cases, and --tool-choice required "
        "allows no words"
    )
    assert met.value.hint == "add --max-new-tokens 21 or more"
    constrainer.refuse(cases, 21)  # as it was told: one tool is enough
    with pytest.raises(UsageFault):
        constrainer.refuse(cases, 20)


def test_words_need_no_room_and_no_tools_make_no_call(cases: tuple[EvalCase, ...]) -> None:
    _Constrainer(Constraint(tool_choice="auto"), {"long": 90}).refuse(cases, 1)
    _Constrainer(Constraint(tool_choice="required"), {}).refuse(cases, 1)
