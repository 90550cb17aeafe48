"""Bundled defects and real public rows: what is kept, and why the rest is not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fctune.conversations.families import ResultJoiner
from fctune.conversations.formats.sharegpt import to_row
from fctune.conversations.read import read_conversation
from fctune.conversations.turns import Conversation
from fctune.issues import Accepted, Rejected
from fctune.jsonl import RawRow, read_rows
from fctune.tools.read import load_catalog

ROOT = Path(__file__).resolve().parents[2]
DEFECTIVE = ROOT / "data" / "raw" / "defective" / "defective.jsonl"
RAW = ROOT.parent / "shared" / "data" / "raw"


def read_all(path: Path, **options: Any) -> tuple[list[Accepted[Conversation]], Counter[str]]:
    """Return the accepted rows, and for each error code the number of rows that have it."""
    if not path.exists():
        pytest.skip(f"the sample {path.name} is not on this machine")
    kept: list[Accepted[Conversation]] = []
    codes: Counter[str] = Counter()
    for raw in read_rows(path):
        assert raw.issue is None, raw.issue
        verdict = read_conversation(raw.value, raw.origin, **options)
        if isinstance(verdict, Rejected):
            codes.update(verdict.as_row()["codes"])
        else:
            kept.append(verdict)
    return kept, codes


def defective_rows() -> list[RawRow]:
    return list(read_rows(DEFECTIVE))


@pytest.mark.parametrize("raw", defective_rows(), ids=lambda raw: f"line-{raw.origin.line}")
def test_each_defective_row_shows_what_it_says(raw: RawRow) -> None:
    if raw.issue is not None:
        assert raw.issue.code in raw.text
        return
    shown = raw.value["shows"] if isinstance(raw.value, dict) else raw.value[1]
    verdict = read_conversation(raw.value, raw.origin)
    codes = {found.code for found in verdict.issues}
    if shown in ("nothing", "duplicate"):
        assert isinstance(verdict, Accepted)
        assert codes == set()
    else:
        assert shown in codes


def test_the_repeated_row_has_the_id_of_the_first() -> None:
    rows = defective_rows()
    first, last = (read_conversation(raw.value, raw.origin) for raw in (rows[0], rows[-1]))
    assert isinstance(first, Accepted)
    assert isinstance(last, Accepted)
    assert first.value.id == last.value.id


def test_the_bundled_ecommerce_rows_are_sound() -> None:
    catalog, _ = load_catalog(ROOT / "data" / "tools" / "ecommerce.yaml")
    path = ROOT / "data" / "raw" / "ecommerce" / "ecommerce_openai.jsonl"
    kept, codes = read_all(path, tools=catalog)
    assert kept
    assert not codes


@pytest.mark.parametrize(
    ("name", "rows", "codes"),
    [
        ("glaive_toolcall_en_demo.json", 299, {"call-type": 1}),
        (
            "glaive_toolcall_zh_demo.json",
            292,
            {"call-missing-required": 4, "call-enum": 2, "result-orphan": 2},
        ),
    ],
)
def test_glaive_demo_rows(name: str, rows: int, codes: dict[str, int]) -> None:
    kept, found = read_all(RAW / "sharegpt_glaive_lf" / name)
    assert (len(kept), dict(found)) == (rows, codes)
    for verdict in kept:
        for joiner in (ResultJoiner.SEPARATOR, ResultJoiner.JSON_LIST):
            again = read_conversation(to_row(verdict.value, joiner=joiner), verdict.value.origin)
            assert again == Accepted(verdict.value, ())


def test_tau_bench_rows_need_the_tools() -> None:
    kept, codes = read_all(RAW / "openai_toolcalls_taubench" / "gpt-4o-airline.jsonl")
    assert set(codes) == {"call-unknown-tool"}
    assert all(not verdict.value.calls for verdict in kept)


def test_toolbench_rows_with_a_user_turn_after_a_result_are_refused() -> None:
    path = RAW / "openai_legacy_functions_toolbench" / "answers_train_messages.jsonl"
    kept, codes = read_all(path)
    assert len(kept) == 4
    assert codes == {
        "search-prompt": 7,
        "role-order": 7,
        "call-unknown-tool": 1,
        "conversation-empty": 2,
    }


def test_glaive_raw_rows() -> None:
    path = RAW / "raw_fixtures_glaive_hermes_toolace_dpo" / "glaive_sample.jsonl"
    kept, codes = read_all(path)
    assert (len(kept), sum(len(verdict.value.calls) for verdict in kept)) == (3, 3)
    assert not codes


@pytest.mark.parametrize("name", ["alpaca_en_demo.json", "alpaca_zh_demo.json", "identity.json"])
def test_alpaca_rows_are_all_kept(name: str) -> None:
    kept, codes = read_all(RAW / "alpaca_demo" / name)
    assert kept
    assert not codes
