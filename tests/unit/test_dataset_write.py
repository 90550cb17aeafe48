"""A dataset on disk: raw input is never overwritten, and a failed write changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fctune.conversations.turns import Conversation, Lesson, UserTurn
from fctune.dataset import write as write_module
from fctune.dataset.build import BuildOptions, Dataset, build
from fctune.dataset.lengths import OverLong
from fctune.dataset.sources import data_files
from fctune.dataset.split import Shares
from fctune.dataset.write import write
from fctune.errors import InputFault, ProblemsFound, UsageFault
from tests.unit.conftest import WriteRows, call_row, chat_row


def built(folder: Path, *sources: Path, name: str = "shop", **changes: Any) -> Dataset:
    plain = BuildOptions(name, folder, sources, template="qwen3_nothink", shares=Shares(0, 0))
    return build(replace(plain, **changes))


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.endswith(".lock")}


@pytest.mark.parametrize(
    "file", ["shop_train.jsonl", "shop_toolcall_train.jsonl", "shop.rejects.jsonl"]
)
def test_a_source_that_the_build_would_write_is_refused(
    tmp_path: Path, raw: WriteRows, file: str
) -> None:
    path = raw(file, [call_row("Oslo")])
    before = path.read_bytes()
    link = tmp_path / "elsewhere.jsonl"
    link.symlink_to(path)
    for source in (path, link):
        with pytest.raises(UsageFault, match="would be written") as fault:
            built(tmp_path, source)
        assert fault.value.where == str(source)
    assert path.read_bytes() == before
    built(tmp_path, path, name="other")


def test_a_folder_of_raw_files_and_outputs_gives_the_raw_files(
    tmp_path: Path, raw: WriteRows
) -> None:
    path = raw("a.jsonl", [call_row("Oslo"), chat_row("Hello there"), "{"])
    first = write(built(tmp_path, tmp_path), tmp_path)
    assert data_files([tmp_path]) == [path]
    again = write(built(tmp_path, tmp_path), tmp_path)
    assert (first.read, again.read, again.rejected) == (3, 3, 1)


def test_a_table_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("a,b\n")
    with pytest.raises(InputFault, match=r"got a \.xlsx file"):
        data_files([tmp_path / "a.xlsx"])


def fail_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Make the step-th rename from the staging folder into place fail, once."""
    done, renamed = Path.replace, [0]

    def rename(self: Path, target: Path) -> Path:
        if self.parent.name.endswith(".staging") and target.parent != self.parent:
            renamed[0] += 1
            if renamed[0] == step:
                raise OSError(28, "No space left on device")
        return done(self, target)

    monkeypatch.setattr(Path, "replace", rename)


def fail_register(error: BaseException) -> Callable[..., None]:
    def register(*_: object, **__: object) -> None:
        raise error

    return register


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5])
def test_a_failed_rename_puts_everything_back(
    tmp_path: Path, raw: WriteRows, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    folder = tmp_path / "data"
    write(built(folder, raw("a.jsonl", [call_row("Oslo"), chat_row("Hello there")])), folder)
    before = contents(folder)
    changed = built(folder, raw("b.jsonl", [call_row("Rome"), chat_row("Good day"), "{"]))
    with monkeypatch.context() as patch:
        fail_at(patch, step)
        with pytest.raises(InputFault, match="No space left"):
            write(changed, folder)
    assert contents(folder) == before
    write(changed, folder)
    assert contents(folder) != before


@pytest.mark.parametrize("error", [InputFault("damaged"), KeyboardInterrupt()])
def test_a_failed_registration_puts_everything_back(
    tmp_path: Path, raw: WriteRows, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    folder = tmp_path / "data"
    write(built(folder, raw("a.jsonl", [call_row("Oslo"), chat_row("Hello there")])), folder)
    before = contents(folder)
    monkeypatch.setattr(write_module, "register", fail_register(error))
    with pytest.raises(type(error)):
        write(built(folder, raw("b.jsonl", [call_row("Rome")])), folder)
    assert contents(folder) == before


def test_a_failed_last_rename_gives_the_registry_back(
    tmp_path: Path, raw: WriteRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    write(built(folder, raw("a.jsonl", [chat_row("Hello there")])), folder)
    before = contents(folder)
    fail_at(monkeypatch, 4)  # two files of rows, then the rejects, then the manifest
    with pytest.raises(InputFault):
        write(built(folder, raw("b.jsonl", [call_row("Rome")])), folder)
    assert contents(folder) == before


def test_entries_of_others_are_not_taken_over(tmp_path: Path, raw: WriteRows) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    mine = {"shop_train": {"file_name": "mine.json"}}
    (folder / "dataset_info.json").write_text(json.dumps(mine))
    dataset = built(folder, raw("a.jsonl", [call_row("Oslo")]))
    with pytest.raises(InputFault, match="registered already") as fault:
        write(dataset, folder)
    assert "--name" in fault.value.hint
    assert json.loads((folder / "dataset_info.json").read_text()) == mine
    assert not (folder / "shop_train.jsonl").exists()


def test_two_datasets_do_not_share_a_file(tmp_path: Path, raw: WriteRows) -> None:
    folder = tmp_path / "data"
    path = raw("a.jsonl", [call_row("Oslo"), chat_row("Hello there")])
    write(built(folder, path, name="shop_general"), folder)  # writes shop_general_train
    before = contents(folder)
    with pytest.raises(InputFault, match=r"by shop_general\.manifest\.json"):
        write(built(folder, path), folder)
    assert contents(folder) == before
    write(built(folder, path, name="shop_general"), folder)


def test_an_unusable_folder_is_an_input_fault(tmp_path: Path, raw: WriteRows) -> None:
    dataset = built(tmp_path, raw("a.jsonl", [call_row("Oslo")]))
    for folder in (tmp_path / "a.jsonl", tmp_path / "a.jsonl" / "in"):
        with pytest.raises(InputFault, match="cannot be made"):
            write(dataset, folder)


def test_empty_input_writes_nothing_and_says_so(tmp_path: Path, raw: WriteRows) -> None:
    folder = tmp_path / "data"
    with pytest.raises(ProblemsFound, match="holds no rows") as fault:
        write(built(folder, raw("a.jsonl", [])), folder)
    assert "rejects" not in fault.value.hint
    assert list(folder.iterdir()) == []


def test_halves_of_characters_reach_the_rejects(tmp_path: Path, raw: WriteRows) -> None:
    row = call_row("Oslo")
    parameters = {"type": "object", "properties": {"x\ud83d": {"type": "str"}}}
    row["tools"] = json.dumps([{"name": "look", "description": "d", "parameters": parameters}])
    folder = tmp_path / "data"
    write(built(folder, raw("a.jsonl", [row, call_row("Rome")])), folder)
    line = json.loads((folder / "shop.rejects.jsonl").read_text("utf-8"))
    assert any("\ud83d" in found["where"] for found in line["issues"])


def tokens(conversation: Conversation) -> int:
    return sum(len(turn.text) for turn in conversation.turns if isinstance(turn, UserTurn))


def test_windows_have_their_own_lesson_and_one_side(tmp_path: Path, raw: WriteRows) -> None:
    rows = []
    for i in range(40):
        long = call_row(f"City{i}", question=f"a{i} " * 20)
        long["messages"] += call_row("Rome", question=f"b{i} " * 20)["messages"][1:]
        rows.append(long)
    options = BuildOptions(
        "shop", tmp_path, (raw("a.jsonl", rows),), template="qwen3_nothink", cutoff_len=100,
        over_long=OverLong.WINDOW, shares=Shares(0.2, 0.3),
    )  # fmt: skip
    dataset = build(options, measure=tokens)
    assert dataset.manifest.rows_added_by_windows == 40
    lessons = {name for counts in dataset.manifest.lessons.values() for name in counts}
    assert lessons == {Lesson.CALL.value}
    side: dict[str, str] = {}
    for split in ("train", "dev", "test"):
        for row in dataset.rows[f"shop_{split}"]:
            number = row["conversations"][0]["value"].split()[0][1:]
            assert side.setdefault(number, split) == split
    assert set(side.values()) == {"train", "dev", "test"}


def test_repeats_of_a_rejected_row_are_rejected(tmp_path: Path, raw: WriteRows) -> None:
    long = call_row("Oslo", question="x" * 300)
    options = BuildOptions(
        "shop", tmp_path, (raw("a.jsonl", [long, long]),), template="qwen3_nothink", cutoff_len=100
    )
    manifest = build(options, measure=tokens).manifest
    assert (manifest.rejected, manifest.deduplicated) == (2, 0)
