"""The table of comparators in docs/scoring.md says what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from fctune.evaluation.matching.match import match_calls
from fctune.evaluation.semantic.comparators import NAMES, read_comparators
from fctune.evaluation.semantic.values import Semantic
from fctune.tools.spec import ToolCatalog, ToolSpec

from .evaluation_samples import call

PAGE = (Path(__file__).parents[2] / "docs/scoring.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \| (?:`([^`]*)` )?\| (.*?) \| (.*?) ?\|$", re.MULTILINE)
CATALOG = ToolCatalog((ToolSpec("f", "", {"type": "object", "properties": {"x": {}}}),))


def examples() -> list[tuple[str, str, Any, Any, bool]]:
    table = PAGE[PAGE.index("| comparator | options |") : PAGE.index("`regex` looks at")]
    found = []
    for name, options, equal, different in ROW.findall(table):
        for text, same in ((equal, True), (different, False)):
            if values := re.findall(r"`([^`]+)`", text):
                gold, given = map(json.loads, values)
                found.append((name, options, gold, given, same))
    return found


def test_every_comparator_stands_in_the_table() -> None:
    assert {name for name, *_ in examples()} == set(NAMES)
    assert len(examples()) > 35


@pytest.mark.parametrize(("name", "options", "gold", "given", "same"), examples())
def test_an_example_of_the_table(
    tmp_path: Path, name: str, options: str, gold: Any, given: Any, same: bool
) -> None:
    how = {"compare": name, **(yaml.safe_load(options) if options else {})}
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump({"f.x": how}, allow_unicode=True), encoding="utf-8")
    rules = Semantic(read_comparators(path))
    match = match_calls([call("f", x=gold)], [call("f", x=given)], CATALOG, (), rules)
    assert match.exact is same


def test_the_file_of_the_page_is_read(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(PAGE.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert len(read_comparators(path).by_place) == 6
