"""Options of `fctune prepare` together: what they refuse, and what holds whatever is combined."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fctune.cli.prepare import command
from fctune.conversations.turns import Conversation
from fctune.dataset.build import BuildOptions, build
from fctune.dataset.heldout import HeldOut
from fctune.dataset.lengths import OverLong
from fctune.dataset.options import Redaction
from fctune.dataset.prefixes import Each
from fctune.dataset.split import Shares
from fctune.dataset.switches import Switches
from fctune.dataset.write import write
from fctune.errors import InputFault, ProblemsFound, UsageFault
from fctune.jsonl import read_rows
from tests.unit.conftest import LOOK, WriteRows, call_row, chat_row

NOW = {
    "type": "function",
    "function": {
        "name": "now",
        "description": "The time.",
        "parameters": {"type": "object", "properties": {}},
    },
}


def plain(folder: Path, *sources: Path, **changes: Any) -> BuildOptions:
    options = BuildOptions("shop", folder, sources, shares=Shares(0, 0))
    return replace(options, **changes)


def two_exchanges(first: str, second: str) -> dict[str, Any]:
    row = call_row(first, question=f"Is it cold in {first} this evening, what do you think?")
    row["messages"] += call_row(second, question=f"And what about {second}?")["messages"][1:]
    return row


@pytest.mark.parametrize(
    "given",
    [
        {"redact_kinds": "email"}, {"prefix_each": "turn"}, {"near_dup_threshold": 0.8},
        {"upsample": True}, {"carry": 2}, {"ray_address": "a:1"}, {"max_repeat": 2},
        {"tell_examples": 1}, {"over_long": "window"}, {"thoughts": "keep", "template": "qwen"},
        {"distractors": True}, {"engine": "spark"}, {"redact": True, "redact_kinds": "name"},
    ],
)  # fmt: skip
def test_an_option_that_does_nothing_is_refused(
    tmp_path: Path, raw: WriteRows, given: dict[str, Any]
) -> None:
    path = raw("a.jsonl", [call_row("Oslo")])
    with pytest.raises(UsageFault):
        command([path], out_dir=tmp_path / "data", **given)
    assert not (tmp_path / "data").exists()


def test_stdin_is_read_whatever_the_number_of_processes(tmp_path: Path, raw: WriteRows) -> None:
    other = raw("b.jsonl", [call_row(f"Town{n}") for n in range(5)])
    text = "".join(json.dumps(call_row(f"City{n}")) + "\n" for n in range(7))
    words = ["prepare", "-", str(other), "--name", "shop", "--no-report", "--workers", "2"]
    done = subprocess.run(
        [sys.executable, "-c", "from fctune.cli.main import run; run()", *words, "--json",
         "--out", str(tmp_path / "data")],
        input=text, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["read"] == 12


def test_more_files_than_may_be_open(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(150):
        (folder / f"{number}.jsonl").write_text(json.dumps(call_row(f"City{number}")) + "\n")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 100, hard))
    try:
        with build(plain(tmp_path / "data", folder)) as dataset:
            assert dataset.manifest.kept == 150
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_fault_of_a_worker_is_told_as_it_is(tmp_path: Path, raw: WriteRows) -> None:
    path = raw("a.jsonl", [call_row("Oslo")])
    options = plain(tmp_path / "data", path, workers=2, model=str(tmp_path / "no_model"))
    with pytest.raises((InputFault, UsageFault, Exception), match="no_model") as fault:
        build(options)
    assert "worker process was killed" not in str(fault.value)


def test_what_an_option_asks_for_is_no_repair_to_be_strict_about(
    tmp_path: Path, raw: WriteRows
) -> None:
    path = raw("a.jsonl", [two_exchanges("Oslo", "Rome")])
    options = plain(tmp_path, path, prefix_rows=Each.CALL, switches=Switches({}, strict=True))
    with build(options) as dataset:
        assert (dataset.manifest.kept, dataset.manifest.rejected) == (1, 0)
        assert dataset.manifest.repairs_by_code == {"row-prefixed": 1}


def test_rows_that_share_a_beginning_are_no_near_duplicates(tmp_path: Path, raw: WriteRows) -> None:
    pytest.importorskip("rensa", reason="needs fctune[near]")
    rows = [two_exchanges("Oslo", city) for city in ("Rome", "Lima", "Cairo")]
    for row, words in zip(
        rows, ("I like museums", "Any good fish there?", "Flights?"), strict=True
    ):
        row["messages"][5]["content"] += f" {words} " * 9
    path = raw("a.jsonl", rows)
    switches = Switches({"near-duplicate": "reject"})
    options = plain(tmp_path, path, near_dup=0.9, prefix_rows=Each.CALL, switches=switches)
    with build(options) as dataset:
        assert (dataset.manifest.kept, dataset.manifest.rejected) == (3, 0)
    same = raw("b.jsonl", [two_exchanges("Oslo", "Rome"), two_exchanges("Oslo", "Rome")])
    long = (
        "I plan a trip with my two aunts and want to pack clothes for walks along the river, "
        "dinners in old houses, a boat that leaves before sunrise, and maybe some quiet days "
        "with books under trees while everybody else sleeps late after dancing."
    )
    text = same.read_text().replace("Is it cold", f"{long} Is it cold")
    same.write_text(text.replace("what do you think", "please", 1))
    with build(plain(tmp_path, same, near_dup=0.8, prefix_rows=Each.CALL)) as dataset:
        account = dataset.manifest.audit["near_duplicates"]
        assert (account["clusters"], account["surplus"]) == (1, 1)


def tokens(conversation: Conversation) -> int:
    return 10 * len(conversation.turns)


def test_windows_and_prefix_rows_account_for_every_raw_row(tmp_path: Path, raw: WriteRows) -> None:
    rows = [two_exchanges(f"City{n}", f"Town{n}") for n in range(8)] + [chat_row("Hello")]
    options = plain(
        tmp_path, raw("a.jsonl", rows), cutoff_len=40, over_long=OverLong.WINDOW,
        prefix_rows=Each.TURN,
    )  # fmt: skip
    with build(options, measure=tokens) as dataset:
        manifest = dataset.manifest
        assert (manifest.read, manifest.kept) == (9, 9)
        assert manifest.repairs_by_code["row-windowed"] == 8
        written = dataset.rows["shop_train"]
        assert len(written) == manifest.kept + manifest.rows_added_by_windows
        trail = list(read_rows(dataset.staged / "shop.rows.jsonl"))
        assert len(trail) == len(written)


def test_nothing_that_was_masked_stands_in_a_reject(tmp_path: Path, raw: WriteRows) -> None:
    bad = call_row("Oslo", question="I am jane.roe77@acmecorp.io, my password is hunter2Xy!z9")
    wrong = {"city": 5, "jane.roe77@acmecorp.io": "hunter2Xy!z9"}
    bad["messages"][2]["tool_calls"][0]["function"]["arguments"] = json.dumps(wrong)
    good = call_row("Rome", question="I am jane.roe77@acmecorp.io, is it cold in Rome?")
    path = raw("a.jsonl", [bad, good])
    folder = tmp_path / "data"
    options = plain(folder, path, redact=Redaction("salt"))
    with build(options) as dataset:
        assert (dataset.manifest.kept, dataset.manifest.rejected) == (1, 1)
        write(dataset, folder, report=True)
    for file in folder.iterdir():
        text = file.read_text("utf-8")
        assert "jane.roe77" not in text, file.name
        assert "hunter2" not in text, file.name


def test_a_failed_build_leaves_the_rejects_of_the_older_one(tmp_path: Path, raw: WriteRows) -> None:
    folder = tmp_path / "data"
    write(build(plain(folder, raw("a.jsonl", [call_row("Oslo"), "{"]))), folder)
    before = (folder / "shop.rejects.jsonl").read_bytes()
    with pytest.raises(ProblemsFound) as fault:
        write(build(plain(folder, raw("b.jsonl", ["{", "["]))), folder)
    assert (folder / "shop.rejects.jsonl").read_bytes() == before
    assert "shop.failed.rejects.jsonl" in fault.value.hint
    assert len((folder / "shop.failed.rejects.jsonl").read_text().splitlines()) == 2


def test_held_out_tools_stand_in_no_row_and_no_account_of_train(
    tmp_path: Path, raw: WriteRows
) -> None:
    rows = [call_row(f"City{n}") for n in range(30)]
    for row in rows:
        row["tools"] = [LOOK, NOW]
    asks = call_row("Bonn", question="What time is it over there?")
    asks["messages"][2]["tool_calls"][0]["function"] = {"name": "now", "arguments": "{}"}
    asks["tools"] = [LOOK, NOW]
    path = raw("a.jsonl", [*rows, asks])
    options = plain(tmp_path, path, held_out=HeldOut(names=("now",)))
    with build(options) as dataset:
        manifest = dataset.manifest
        for name, found in dataset.rows.items():
            shown = ["now" in [tool["name"] for tool in json.loads(row["tools"])] for row in found]
            assert all(shown) if name == "shop_test" else not any(shown), name
        (version,) = manifest.catalog["tools"]["now"]
        assert (version["rows"], version["calls"]) == (0, 0)
        assert manifest.audit["balance"]["train"]["tools"]["never_called"]["count"] == 0
        assert manifest.splits["test"] == 1
