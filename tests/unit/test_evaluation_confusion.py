"""The confusion matrix of tools: what is counted where, and files that no name can break."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from fctune.evaluation.cases.case_set import CaseSet, EvalCase
from fctune.evaluation.evaluate import evaluate
from fctune.evaluation.matching.modes import Mode
from fctune.evaluation.predict import Prediction
from fctune.evaluation.report.confusion import Confusion, confusion_of, csv_text, write_confusion
from fctune.evaluation.report.confusion_svg import cut_label, draw
from fctune.evaluation.report.visible_text import visible_text
from fctune.tools.read import parse_catalog
from tests.unit.evaluation_samples import TOOLS, call, case, qwen, said
from tests.unit.report_samples import hostile, judged

NAMES = st.text(
    alphabet=st.sampled_from("=+-@<>&\"'\u202e\0\t\r\n,;中\udc80a|"), min_size=1, max_size=12
)


def matrix_of(*pairs: tuple[EvalCase, str | Prediction], most: int = 30) -> Confusion:
    cases = [one for one, _ in pairs]
    predictions = [
        given if isinstance(given, Prediction) else said(given, id=one.id) for one, given in pairs
    ]
    case_set = CaseSet(Path("t.jsonl"), "", tuple(cases), len(cases), len(cases))
    return confusion_of(evaluate(case_set, predictions).judged, Mode.STRICT, most=most)


def count(found: Confusion, row: str, column: str) -> int:
    return found.matrix[found.rows.index(row)][found.columns.index(column)]


def test_each_kind_of_answer_has_its_cell() -> None:
    order, track = call("order", item="tea"), call("track", id="7")
    found = matrix_of(
        (case(order, id="1#1"), qwen(order)),
        (case(order, id="2#1"), qwen(track)),
        (case(order, id="3#1"), "No."),
        (case(order, id="4#1"), qwen(call("buy", item="tea"))),
        (case(order, id="5#1"), "<tool_call>{"),
        (case(id="6#1"), qwen(track)),
        (case(id="7#1"), "Hello."),
        (case(id="8#1"), "<tool_call>{"),
        (case(order, id="9#1"), Prediction("9#1", None, finish_reason="error", error="gone")),
    )
    assert found.rows == ("order", "track", "no_call")
    assert found.columns == ("order", "track", "no_call", "unknown_tool", "malformed")
    assert found.matrix == ((1, 1, 1, 1, 1), (0, 0, 0, 0, 0), (0, 1, 1, 0, 1))
    assert (found.left_out, found.other_right, found.tools) == (1, 0, 2)
    assert found.cells["2#1"] == ((0, 1),)
    assert "9#1" not in found.cells


def test_parallel_calls_go_through_the_matching_and_then_by_shared_arguments() -> None:
    gold = (call("order", item="tea"), call("order", item="milk"), call("track", id="7"))
    found = matrix_of(
        (case(*gold, id="1#1"), qwen(gold[2], gold[1], gold[0])),
        # `track` was taken for the order whose argument it has; the third call is missing.
        (case(*gold[:2], id="2#1"), qwen(call("track", item="milk"), gold[0])),
        (case(gold[0], id="3#1"), qwen(gold[0], gold[2])),
    )
    assert count(found, "order", "order") == 4
    assert count(found, "track", "track") == 1
    assert count(found, "order", "track") == 1
    assert count(found, "no_call", "track") == 1
    assert sum(map(sum, found.matrix)) == 7


def test_rare_tools_are_one_row_and_one_column() -> None:
    found = confusion_of(judged(400, more_tools=60).judged, Mode.STRICT)
    assert (found.tools, len(found.rows), len(found.columns)) == (30, 32, 34)
    assert found.rows[30:] == ("other", "no_call")
    assert found.columns[30:] == ("other", "no_call", "unknown_tool", "malformed")
    assert 0 < found.other_right <= found.matrix[30][30]
    whole = confusion_of(judged(400, more_tools=60).judged, Mode.STRICT, most=1_000)
    assert sum(map(sum, whole.matrix)) == sum(map(sum, found.matrix))
    assert "other" not in whole.rows
    cells = [cell for cells in found.cells.values() for cell in cells]
    assert all(cells.count((y, x)) == found.matrix[y][x] for y, x in set(cells))


def test_a_tool_named_like_a_special_column_stays_apart() -> None:
    evaluation = evaluate(*hostile())
    found = confusion_of(evaluation.judged, Mode.STRICT)
    assert found.rows == ("order", "no_call")
    # Four calls of names that are not listed, `no_call` among them, and one of `order`.
    assert count(found, "no_call", "unknown_tool") == 4
    assert count(found, "no_call", "no_call") == 0


def test_a_server_that_writes_dots_as_underscores_called_the_listed_tool() -> None:
    catalog = parse_catalog([{**tool, "name": f"shop.{tool['name']}"} for tool in TOOLS])[0]
    gold = call("shop.order", item="tea")
    one = replace(case(gold), catalog=catalog, bfcl={"underscore_to_dot": True})
    found = matrix_of((one, qwen(call("shop_track", id="7"))))
    assert count(found, "shop.order", "shop.track") == 1


def test_the_csv_is_plain_rfc_4180_and_no_cell_is_a_formula(tmp_path: Path) -> None:
    found = confusion_of(judged(300).judged, Mode.STRICT)
    table, picture = write_confusion(found, tmp_path)
    raw = table.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.count(b"\r\n") == raw.count(b"\n") == 10
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert rows[0] == ["gold \\ predicted", *found.columns]
    assert [[int(cell) for cell in row[1:]] for row in rows[1:]] == [list(r) for r in found.matrix]
    assert "查询物流" in {row[0] for row in rows}
    before = raw, picture.read_bytes()
    write_confusion(confusion_of(judged(300).judged, Mode.STRICT), tmp_path)
    assert (table.read_bytes(), picture.read_bytes()) == before


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_no_name_breaks_a_file(names: list[str]) -> None:
    size = len(names)
    matrix = tuple(tuple(range(size)) for _ in names)
    found = Confusion(size, tuple(names), tuple(names), matrix, 0, 0, {})
    text = csv_text(found)
    text.encode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert [len(row) for row in rows] == [size + 1] * (size + 1)
    for row in rows:
        assert not row[0].lstrip("\t\r\n ").startswith(("=", "+", "-", "@"))
    root = ET.fromstring(draw(names, names, matrix, size).encode())
    titles = [node.text for node in root.iter("{http://www.w3.org/2000/svg}title")]
    assert "".join((titles[0] or "").split()) == "".join(visible_text(names[0]).split())


def test_the_picture_stands_alone_and_cuts_long_names() -> None:
    found = confusion_of(judged(300).judged, Mode.STRICT)
    svg = draw(found.rows, found.columns, found.matrix, found.tools)
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    assert "prefers-color-scheme: dark" in svg and "查询物流" in svg
    root = ET.fromstring(svg)
    cells = root.findall(".//{http://www.w3.org/2000/svg}text[@class='n']")
    assert len(cells) == sum(one > 0 for row in found.matrix for one in row)
    assert cut_label("查" * 40) == "查" * 13 + "…"
    assert cut_label("short") == "short"
