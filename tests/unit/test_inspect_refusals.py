"""`fctune inspect` of what is no dataset: rejects alone, files beside the rows, damaged rows."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from fctune.cli.inspect import command
from fctune.cli.prepare import command as prepare
from fctune.errors import InputFault, ProblemsFound, UsageFault
from fctune.jsonl import write_json
from tests.unit.conftest import WriteRows, call_row, chat_row
from tests.unit.inspect_samples import make_dataset

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_dataset(tmp_path)


@pytest.fixture
def rejects(tmp_path: Path, raw: WriteRows, capsys: Captured) -> Path:
    """The rejects of a build of which no row could be used: 30 of one code, one of another."""
    rows: list[Any] = [{"foo": n} for n in range(30)]
    with pytest.raises(ProblemsFound):
        prepare([raw("a.jsonl", [*rows, "{"])], out_dir=tmp_path / "data")
    capsys.readouterr()
    return tmp_path / "data" / "a.rejects.jsonl"


# Rejected rows


def test_a_file_of_rejects_shows_the_rejected_rows(rejects: Path, capsys: Captured) -> None:
    command(str(rejects), limit=2)
    said = capsys.readouterr()
    assert said.out.count("rejected  format-unknown") == 2
    assert "a.jsonl:1  rejected  format-unknown\n" in said.out
    assert "See `fctune prepare FILE --explain`" in said.out
    assert "damaged" not in said.out
    assert "2 rows shown, there are more" in said.err
    command(str(rejects), code="json-invalid", json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["dataset"] == "a"
    assert [row["codes"] for row in found["rejected"]] == [["json-invalid"]]


def test_the_rejects_of_a_whole_dataset_are_shown_the_same(data: Path, capsys: Captured) -> None:
    command("shop", folder=data, rejected=True)
    whole = capsys.readouterr().out
    command(str(data / "shop.rejects.jsonl"))
    assert capsys.readouterr().out == whole != ""


def test_a_sample_of_rejected_rows_is_drawn_by_the_seed(rejects: Path, capsys: Captured) -> None:
    def drawn(seed: int) -> list[str]:
        command(str(rejects), sample=3, seed=seed, json=True)
        found = json.loads(capsys.readouterr().out)["rejected"]
        return [row["origin"] for row in found]

    assert len(drawn(1)) == 3
    assert drawn(1) == drawn(1)
    assert len({tuple(drawn(seed)) for seed in range(8)}) > 4


def test_a_name_of_which_nothing_was_kept_leads_to_its_rejects(rejects: Path) -> None:
    with pytest.raises(InputFault, match="no row of it could be used") as fault:
        command("a", folder=rejects.parent)
    assert fault.value.hint == f"why: fctune inspect {rejects}"


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"row": "train:1"}, "--row"),
        ({"tool": "look", "split": "dev"}, "--tool, --split"),
        ({"stats": True}, "--stats"),
        ({"lesson": "call"}, "--lesson"),
    ],
)
def test_what_chooses_no_rejected_row_is_refused(
    data: Path, rejects: Path, options: dict[str, Any], found: str
) -> None:
    with pytest.raises(UsageFault, match=f"got {found} with rejected rows") as fault:
        command("shop", folder=data, rejected=True, **options)
    assert fault.value.hint.endswith("leave out --rejected")
    with pytest.raises(UsageFault, match=f"got {found} with rejected rows") as fault:
        command(str(rejects), **options)
    assert fault.value.hint.endswith("name the dataset, not its rejects")


def test_a_page_of_rejects_alone_is_refused(rejects: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="--html"):
        command(str(rejects), html=tmp_path / "p.html")
    assert not (tmp_path / "p.html").exists()


def test_nothing_rejected_is_no_fault(tmp_path: Path, raw: WriteRows, capsys: Captured) -> None:
    prepare([raw("a.jsonl", [call_row("Oslo")])], out_dir=tmp_path / "data")
    capsys.readouterr()
    command("a", folder=tmp_path / "data", rejected=True)
    assert capsys.readouterr().err == "no row was rejected\n"


def test_a_code_of_rejected_rows_says_where_they_are(data: Path, capsys: Captured) -> None:
    command("shop", folder=data, code="call-enum")
    said = f"rows with it were rejected: fctune inspect shop --dir {data} --rejected --code"
    assert said in capsys.readouterr().err
    command("shop", folder=data, code="json-nan", rejected=True)
    assert "they were rejected for call-enum, call-type" in capsys.readouterr().err
    command("shop", folder=data, code="json-nan")
    assert capsys.readouterr().err == "no row fits\n"


# Files that hold no rows


def test_the_files_beside_the_rows_lead_to_the_dataset(data: Path) -> None:
    for name in ("shop.report.html", "shop.card.md"):
        (data / name).write_text("x\n")
    for name in ("shop.rows.jsonl", "shop.report.html", "shop.card.md"):
        with pytest.raises(InputFault, match="expected a file of rows") as fault:
            command(str(data / name))
        assert fault.value.hint == f"fctune inspect {data / 'shop.manifest.json'}"
    for path in (data / "dataset_info.json", data):
        with pytest.raises(InputFault, match=r"registry of datasets|got a folder") as fault:
            command(str(path))
        assert fault.value.hint == f"fctune inspect shop --dir {data}"


def test_what_is_not_there_is_told_by_its_path(tmp_path: Path) -> None:
    for name in ("a.jsonl", "in/a", "x.csv.gz"):
        with pytest.raises(InputFault, match="no such file") as fault:
            command(str(tmp_path / name))
        assert fault.value.where == str(tmp_path / name)
    with pytest.raises(InputFault, match="file name too long"):
        command("a" * 300 + ".jsonl", folder=tmp_path)
    with pytest.raises(InputFault, match="got a folder") as fault:
        command(str(tmp_path), folder=tmp_path)
    assert fault.value.hint.endswith(f"fctune prepare {tmp_path}")


# Rows that cannot be read


@pytest.mark.parametrize(
    ("name", "content", "line", "reason", "hint"),
    [
        ("a.jsonl", b'\n{"a": 1', 2, "json-invalid", "sed -n 2p {path}"),
        ("a.json", b'[\n 7,\n "x"\n]', 2, "got a number, expected an object", "sed -n 2p {path}"),
        ("a.jsonl", '{"订单": 1}'.encode("gb18030"), 1, "file-not-utf8",
         "Mend damaged UTF-8 in the line; convert a file in another encoding, Chinese ones are "
         "mostly in GB18030: iconv -f GB18030 -t UTF-8 {path} > NEW"),
        ("a.csv", b"q,a\nx,y\n", 2, "no turns were found",
         "a raw file is made into a dataset first: fctune prepare {path}"),
        ("rows", b'{"messages": []}\n', 1, "no turns were found",
         "a raw file is made into a dataset first: fctune prepare {path}"),
    ],
)  # fmt: skip
def test_where_no_row_can_be_read_the_first_is_told_with_its_line(
    tmp_path: Path, capsys: Captured, name: str, content: bytes, line: int, reason: str, hint: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ProblemsFound) as fault:
        command(str(path))
    assert fault.value.where == f"{path}:{line}"
    assert "be read: " in fault.value.message or "be read; the first: " in fault.value.message
    assert reason in fault.value.message
    assert fault.value.hint == hint.format(path=path)
    assert capsys.readouterr().out == ""
    with pytest.raises(ProblemsFound):
        command(str(path), json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["damaged"] == found["read_for_sizes"] > 0


def test_columns_that_do_not_fit_lead_to_their_entry(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"x": 1}\n')
    write_json(tmp_path / "dataset_info.json", {"mine": {"file_name": "a.jsonl"}})
    with pytest.raises(ProblemsFound) as fault:
        command("mine", folder=tmp_path)
    assert "columns and tags of mine in" in fault.value.hint


def test_a_file_without_rows_is_told_as_such(tmp_path: Path) -> None:
    for name, content in (("a.jsonl", b""), ("a.json", b"[]"), ("a.jsonl.gz", gzip.compress(b""))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ProblemsFound, match="holds no rows"):
            command(str(tmp_path / name))


def test_some_damaged_rows_end_nothing_and_are_counted(tmp_path: Path, capsys: Captured) -> None:
    turns = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]
    path = tmp_path / "a.jsonl"
    path.write_text(f"{json.dumps({'conversations': turns})}\n{{\n")
    command(str(path))
    assert f"1 of 2 rows cannot be read, the first: {path}:2: " in capsys.readouterr().out


# Options


def test_a_tool_that_no_row_has_is_refused_with_those_that_there_are(
    data: Path, capsys: Captured
) -> None:
    with pytest.raises(UsageFault, match="which no row lists or calls") as fault:
        command("shop", folder=data, tool="NONE")
    assert fault.value.hint == "rows have look, 查询物流"
    with pytest.raises(UsageFault) as fault:
        command("shop", folder=data, tool="loook")
    assert fault.value.hint == "--tool look; rows have look, 查询物流"
    command("shop", folder=data, tool="look", grep="nowhere")
    assert capsys.readouterr().err == "no row fits\n"


def test_counts_take_a_split_and_refuse_other_choices(data: Path, capsys: Captured) -> None:
    command("shop", folder=data, stats=True, split="dev")
    assert capsys.readouterr().out.startswith("shop: 1 row (dev 1)\nof the whole dataset: 12 rows")
    with pytest.raises(UsageFault, match="got --tool, --grep with --stats"):
        command("shop", folder=data, stats=True, tool="look", grep="x")


def test_a_page_that_cannot_be_written_names_no_option_of_other_verbs(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("fctune.jsonl.write.tempfile.mkstemp", refuse)
    with pytest.raises(InputFault, match="may not be written") as fault:
        command("shop", folder=data, html=data / "p.html")
    assert fault.value.where == str(data / "p.html")
    assert "--out" not in fault.value.hint
    with pytest.raises(InputFault, match="is a folder") as fault:
        command("shop", folder=data, html=data)
    assert fault.value.hint == "give another --html"


def test_the_next_command_can_be_typed_as_it_is(
    tmp_path: Path, raw: WriteRows, capsys: Captured
) -> None:
    folder = tmp_path / "my data"
    prepare([raw("a.jsonl", [call_row("Oslo"), chat_row("Hi")])], out_dir=folder)
    capsys.readouterr()
    command("a", folder=folder)
    assert f"rows: fctune inspect a --dir '{folder}' --sample 5" in capsys.readouterr().err
    command(str(folder / "a_train.jsonl"), folder=folder)
    assert f"fctune inspect '{folder}/a_train.jsonl' --sample 5" in capsys.readouterr().err


def test_a_page_is_written_over_no_device_and_under_no_impossible_name(data: Path) -> None:
    for target, found in ((Path("/dev/null"), "no regular file"), (data / ("a" * 300), "too long")):
        with pytest.raises(InputFault, match=found) as fault:
            command("shop", folder=data, html=target)
        assert fault.value.hint == "give another --html"
