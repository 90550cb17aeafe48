"""A log with the API's names, end to end: prepare, score, eval and recipe with one mapping."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fctune.cli.prepare import command as prepare
from fctune.errors import InputFault
from fctune.evaluation.cases.case_set import read_cases
from fctune.evaluation.decode import decode_qwen
from fctune.evaluation.evaluate import evaluate
from fctune.evaluation.replay.recording import read_recording
from fctune.recipe.load import load_recipe
from fctune.recipe.overrides import parse_overrides
from fctune.recipe.render import output_dir_of
from fctune.tools.mapping import ApiCall, ToolMapping, load_mapping, to_api, to_model
from fctune.tools.read import load_catalog
from fctune.tools.spec import ToolCall

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
SHOP_YAML = next(text for language, text in BLOCKS if language == "yaml")
PAIRS, FORMS = (
    [json.loads(line) for line in text.splitlines()]
    for language, text in BLOCKS
    if language == "json"
)


def function(name: str, required: list[str], **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": required}
    return {
        "type": "function",
        "function": {"name": name, "description": "d", "parameters": parameters},
    }


STRING, INTEGER = {"type": "string"}, {"type": "integer"}
ORDER = {"type": "object", "properties": {"no": STRING, "cents": INTEGER}}
API_TOOLS = [
    function("shipmentQuery", ["orderNo"], orderNo=STRING, lang=STRING, traceId=STRING),
    function("refund.create", ["order"], order=ORDER, reasonCode=INTEGER),
    function("help", [], topic=STRING),
]


def row(question: str, *calls: tuple[str, Any], tools: Any = None) -> dict[str, Any]:
    """A logged conversation in the OpenAI format, each call answered."""
    made = [
        {"id": f"c{i}", "type": "function",
         "function": {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}}
        for i, (name, arguments) in enumerate(calls)
    ]  # fmt: skip
    messages = [
        {"role": "system", "content": "你是客服。"},
        {"role": "user", "content": question},
        {"role": "assistant", "content": None, "tool_calls": made},
        *({"role": "tool", "tool_call_id": f"c{i}", "content": '{"orderNo": "SO1"}'}
          for i in range(len(calls))),
        {"role": "assistant", "content": "好的。"},
    ]  # fmt: skip
    return {"messages": messages, **({"tools": tools} if tools else {})}


REFUND = {"order": {"no": "订单/1", "cents": 1250}, "reasonCode": 2}
GOOD = [
    row("SO1 到哪了？", ("shipmentQuery", {"orderNo": "SO1", "lang": "zh"}), tools=API_TOOLS),
    row("SO2 到哪了？", ("GET /v2/shipments/SO2%2F%E4%B8%AD?lang=zh&traceId=9", {})),
    row(
        "退款并查物流", ("refund.create", REFUND),
        ("shipmentQuery", {"orderNo": "SO3", "lang": "zh"}), tools=API_TOOLS,
    ),
    row("已是模型侧", ("check_logistics", {"order_id": "SO4"})),
    row("帮助", ("help", {"topic": "退货"}), tools=API_TOOLS),
]  # fmt: skip
BAD = [
    row("英文物流", ("shipmentQuery", {"orderNo": "SO5", "lang": "en"})),
    row("半分钱", ("refund.create", {"order": {"no": "1", "cents": 0.5}})),
    row("多余", ("shipmentQuery", {"orderNo": "SO6", "lang": "zh", "page": 2})),
    row("坏地址", ("GET /v2/shipments/%FF?lang=zh", {})),
]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP_YAML, encoding="utf-8")
    return path


@pytest.fixture
def mapping(shop: Path) -> ToolMapping:
    return load_mapping(shop)


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows), "utf-8")
    return path


def calls_of(path: Path) -> list[Any]:
    """Return every call of a written ShareGPT file, in order."""
    found: list[Any] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        for turn in json.loads(line)["conversations"]:
            if turn["from"] == "function_call":
                value = json.loads(turn["value"])
                found += value if isinstance(value, list) else [value]
    return found


def fctune(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from fctune.cli.main import run; run()"]
    words = [str(argument) for argument in arguments]
    return subprocess.run([*command, *words], capture_output=True, text=True, check=False)


# The page -----------------------------------------------------------------------------------


def test_the_page_tells_the_truth(mapping: ToolMapping) -> None:
    for model, api in zip(PAIRS[::2], PAIRS[1::2], strict=True):
        call, wanted = ToolCall(**model), ApiCall(**api)
        assert to_api(call, mapping) == wanted
        assert to_model(wanted, mapping) == call
    read = [to_model(ApiCall(**form), mapping) for form in FORMS]
    assert read == [ToolCall("check_logistics", {"order_id": "SO/1"})] * len(FORMS)
    assert len(FORMS) == 4


# prepare ------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["tools", "mapping"])
def test_a_log_of_the_api_becomes_model_facing_rows(
    tmp_path: Path, shop: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    raw, out = write(tmp_path / "raw.jsonl", GOOD + BAD), tmp_path / "data"
    prepare([raw], name="shop", out_dir=out, dev=0, test=0, **{option: shop})
    calls = calls_of(out / "shop_train.jsonl")
    assert sorted(calls, key=str) == sorted(
        [
            {"name": "check_logistics", "arguments": {"order_id": "SO1"}},
            {"name": "check_logistics", "arguments": {"order_id": "SO2/中"}},
            {"name": "apply_refund",
             "arguments": {"order_id": "订单/1", "amount": 12.5, "reason": "迟到"}},
            {"name": "check_logistics", "arguments": {"order_id": "SO3"}},
            {"name": "check_logistics", "arguments": {"order_id": "SO4"}},
            {"name": "help", "arguments": {"topic": "退货"}},
        ],
        key=str,
    )  # fmt: skip
    catalog = load_catalog(shop)[0]
    lists = {
        json.loads(line)["tools"] for line in (out / "shop_train.jsonl").read_text().splitlines()
    }
    for text in lists:
        listed = {one["name"]: one for one in json.loads(text)}
        assert set(listed) <= {"check_logistics", "apply_refund", "help"}
        for name in ("check_logistics", "apply_refund"):
            spec = catalog.get(name)
            assert spec is not None and listed[name] == spec.as_dict()
    assert '{\\"orderNo\\": \\"SO1\\"}' in (out / "shop_train.jsonl").read_text()  # results stay
    manifest = json.loads((out / "shop.manifest.json").read_text())
    assert manifest["settings"]["mapping_fingerprint"] == load_mapping(shop).fingerprint
    assert manifest["mapped_calls"] == 4
    # The questions of these made rows name no order, so that its number is told as invented.
    assert manifest["warnings_by_code"] == {"argument-ungrounded": 4, "call-mapped": 3}
    assert manifest["repairs_by_code"] == {"results-merged": 1}  # a mapped call is no repair
    assert manifest["rejects_by_code"] == {
        "mapping-argument-unmapped": 1, "mapping-fixed": 1, "mapping-url": 1, "mapping-value": 1,
    }  # fmt: skip
    printed = capsys.readouterr()
    assert "4 calls of an API in 3 of the kept rows were written as the model-facing" in printed.out
    assert "mapping: check_logistics = GET /v2/shipments/{orderNo}, apply_refund" in printed.err


def test_rejects_name_the_argument_and_keep_the_log_as_it_was(tmp_path: Path, shop: Path) -> None:
    raw, out = write(tmp_path / "raw.jsonl", GOOD + BAD), tmp_path / "data"
    prepare([raw], name="shop", out_dir=out, tools=shop)
    rejects = [json.loads(line) for line in (out / "shop.rejects.jsonl").read_text().splitlines()]
    assert [one["row"] for one in rejects] == BAD
    errors = [[i for i in one["issues"] if i["severity"] == "error"] for one in rejects]
    assert [[i["where"] for i in found] for found in errors] == [
        ["messages[2].call.arguments.lang"],
        ["messages[2].call.arguments.order.cents"],
        ["messages[2].call.arguments.page"],
        ["messages[2].call"],
    ]


def test_without_a_mapping_nothing_is_mapped(tmp_path: Path, shop: Path) -> None:
    tools = tmp_path / "tools.json"
    specs = [spec.as_document() for spec in load_catalog(shop)[0]]
    tools.write_text(json.dumps({"tools": specs}), encoding="utf-8")
    raw = write(tmp_path / "raw.jsonl", GOOD[:1])
    prepare([raw], name="plain", out_dir=tmp_path / "data", tools=tools)
    manifest = json.loads((tmp_path / "data" / "plain.manifest.json").read_text())
    assert manifest["tools"] == {"shipmentQuery": 1}
    assert manifest["mapped_calls"] == 0
    assert manifest["settings"]["mapping_fingerprint"] is None


def test_prepared_rows_pass_a_second_time_unchanged(tmp_path: Path, shop: Path) -> None:
    raw = write(tmp_path / "raw.jsonl", GOOD)
    for source, name in ((raw, "one"), (tmp_path / "one" / "d_train.jsonl", "two")):
        prepare([source], name="d", out_dir=tmp_path / name, tools=shop, dev=0, test=0)
    one, two = ((tmp_path / name / "d_train.jsonl").read_text() for name in ("one", "two"))
    assert sorted(one.splitlines()) == sorted(two.splitlines())


def test_a_bad_mapping_stops_before_anything_is_read(tmp_path: Path, shop: Path) -> None:
    shop.write_text(SHOP_YAML.replace("order_id: orderNo", "oder_id: orderNo"), encoding="utf-8")
    done = fctune("prepare", tmp_path / "absent.jsonl", "--tools", shop, "--out", tmp_path / "data")
    assert done.returncode == 3 and "Traceback" not in done.stderr
    line = 1 + SHOP_YAML[: SHOP_YAML.index("order_id: orderNo")].count("\n")
    assert f"{shop}:{line}: tool_mapping[0].parameters.oder_id: " in done.stderr
    assert "did you mean order_id?" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_conversion_that_cannot_be_undone_is_told_at_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "m.json"
    entry = {"tool": "f", "api": "help", "parameters": {"x": {"to": "topic", "convert": "upper"}}}
    path.write_text(json.dumps([entry]))
    raw = write(tmp_path / "raw.jsonl", [*GOOD[-1:], row("a", ("f", {}), tools=API_TOOLS)])
    prepare([raw], name="d", out_dir=tmp_path / "data", mapping=path)
    assert "f.x: upper cannot be undone" in capsys.readouterr().err
    manifest = json.loads((tmp_path / "data" / "d.manifest.json").read_text())
    assert manifest["rejects_by_code"] == {"mapping-one-way": 1}


def test_examples_are_told_in_the_tools_of_the_mapping(tmp_path: Path, shop: Path) -> None:
    example = "    examples: [{input: 到哪了, call: {arguments: {order_id: SO7}}}]\n"
    text = SHOP_YAML.replace("  - name: apply_refund\n", f"{example}  - name: apply_refund\n")
    shop.write_text(text, encoding="utf-8")
    raw = write(tmp_path / "raw.jsonl", GOOD[:2])
    prepare([raw], name="d", out_dir=tmp_path / "data", tools=shop, tell_examples=1, dev=0, test=0)
    for line in (tmp_path / "data" / "d_train.jsonl").read_text().splitlines():
        assert "Example: 到哪了" in json.loads(json.loads(line)["tools"])[0]["description"]


# A tool that has its API's name --------------------------------------------------------------

SAME = {
    "tool": "track",
    "api": "track",
    "parameters": {"id": "no", "price": {"to": "cents", "convert": "cents"}},
}
API_TRACK = function("track", ["no"], no=STRING, cents=INTEGER)
OUR_TRACK = function("track", ["id"], id=STRING, price={"type": "number"})


def test_the_parameters_of_a_row_tell_its_side_where_names_do_not(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text(json.dumps([SAME]))
    rows = [
        row("one", ("track", {"no": "A", "cents": 150}), tools=[API_TRACK]),
        row("two", ("track", {"id": "A", "price": 1.5}), tools=[OUR_TRACK]),
    ]
    raw = write(tmp_path / "raw.jsonl", rows)
    prepare([raw], name="d", out_dir=tmp_path / "data", mapping=path, dev=0, test=0)
    calls = calls_of(tmp_path / "data" / "d_train.jsonl")
    assert calls == [{"name": "track", "arguments": {"id": "A", "price": 1.5}}] * 2


# eval and score -----------------------------------------------------------------------------


def said(name: str, **arguments: Any) -> list[dict[str, Any]]:
    return [{"name": name, "arguments": arguments}]


def test_answers_with_the_apis_names_are_judged_by_the_models_tools(
    tmp_path: Path, shop: Path
) -> None:
    gold = said("apply_refund", order_id="订单1", amount=12.5)
    right = {"order": {"no": "订单1", "cents": 1250}}
    tagged = {"name": "refund.create", "arguments": right}
    text = f"<tool_call>\n{json.dumps(tagged, ensure_ascii=False)}\n</tool_call>"
    rows = [
        {"id": "a", "prediction": said("refund.create", **right), "gold": gold},
        {"id": "b", "prediction": text, "gold": said("refund.create", **right)},
        {"id": "c", "prediction": said("apply_refund", order_id="订单1", amount=12.5),
         "gold": gold, "tools": API_TOOLS},
        {"id": "d", "prediction": said("refund.create", order={"no": "订单1", "cents": 1251}),
         "gold": gold},
        {"id": "e", "prediction": said("refund.create", **right, page=1), "gold": gold},
    ]  # fmt: skip
    path = write(tmp_path / "answers.jsonl", rows)
    out = tmp_path / "out"
    command = ["score", path, "--mapping", shop, "--template", "qwen", "--out", out, "--json"]
    done = fctune(*command)
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert results["config"]["mapping"] == load_mapping(shop).fingerprint
    outcomes = [json.loads(line) for line in (out / "outcomes.jsonl").read_text().splitlines()]
    assert [one["outcome"] for one in outcomes] == ["ok", "ok", "ok", "value", "malformed"]
    assert outcomes[3]["reason"] == "apply_refund.amount: got 12.51, expected 12.5"
    assert "'page' of refund.create has no place" in outcomes[4]["reason"]
    assert "| mapping |" in (out / "report.md").read_text()


def test_scoring_again_asks_for_the_same_mapping(tmp_path: Path, shop: Path) -> None:
    gold = said("check_logistics", order_id="1")
    text = '<tool_call>\n{"name": "shipmentQuery", "arguments": {"orderNo": "1", "lang": "zh"}}\n'
    rows = [{"id": "a", "prediction": f"{text}</tool_call>", "gold": gold}]
    path = write(tmp_path / "answers.jsonl", rows)
    one, two = tmp_path / "one", tmp_path / "two"
    fctune("score", path, "--mapping", shop, "--template", "qwen", "--out", one)
    again = ["score", one / "predictions.jsonl", "--out", two]
    done = fctune(*again)
    assert done.returncode == 2 and "hint: add --mapping" in done.stderr
    done = fctune(*again, "--mapping", shop)
    assert done.returncode == 0, done.stderr
    assert (one / "outcomes.jsonl").read_bytes() == (two / "outcomes.jsonl").read_bytes()


@pytest.mark.parametrize("api_side", [True, False])
def test_the_engines_file_is_read_on_the_side_of_its_split(tmp_path: Path, api_side: bool) -> None:
    path = tmp_path / "m.json"
    path.write_text(json.dumps([SAME]))
    mapping = load_mapping(path)
    arguments = {"no": "A", "cents": 150} if api_side else {"id": "A", "price": 1.5}
    call = json.dumps({"name": "track", "arguments": arguments})
    turns = [{"from": "human", "value": "?"}, {"from": "function_call", "value": call}]
    tools = [(API_TRACK if api_side else OUR_TRACK)["function"]]
    split = write(tmp_path / "test.jsonl", [{"conversations": turns, "tools": json.dumps(tools)}])
    case_set = read_cases(split, mapping=mapping)
    assert case_set.cases[0].calls == (ToolCall("track", {"id": "A", "price": 1.5}),)
    text = f"<tool_call>\n{call}\n</tool_call>"
    answers = write(tmp_path / "g.jsonl", [{"prompt": "", "predict": text, "label": text}])
    recording = read_recording(answers, decoder=decode_qwen, split=case_set, mapping=mapping)
    evaluation = evaluate(recording.case_set, recording.predictions)
    assert [one.outcome.value for one in evaluation.outcomes] == ["ok"]


def test_a_gold_answer_that_cannot_be_mapped_stops_with_its_place(
    tmp_path: Path, mapping: ToolMapping
) -> None:
    rows = [{"prediction": [], "gold": said("refund.create", order={"no": "1", "cents": "x"})}]
    path = write(tmp_path / "a.jsonl", rows)
    with pytest.raises(InputFault, match="cents") as caught:
        read_recording(path, decoder=None, split=None, mapping=mapping)
    assert caught.value.where == f"{path}:1"


def test_a_logged_split_is_asked_with_the_models_tools(
    tmp_path: Path, mapping: ToolMapping
) -> None:
    case_set = read_cases(write(tmp_path / "log.jsonl", GOOD[:3]), mapping=mapping)
    asked = [case for case in case_set.cases if case.calls]
    assert [call.name for case in asked for call in case.calls] == [
        "check_logistics", "check_logistics", "apply_refund", "check_logistics",
    ]  # fmt: skip
    assert all("shipmentQuery" not in case.tools for case in case_set.cases)
    assert asked[1].catalog.names == ("check_logistics", "apply_refund")


def test_eval_asks_a_logged_split_in_the_models_words(tmp_path: Path, shop: Path) -> None:
    checkpoint = tmp_path / "model"
    checkpoint.mkdir()
    (checkpoint / "config.json").write_text("{}")
    raw = write(tmp_path / "log.jsonl", GOOD[:3])
    words = ["eval", checkpoint, "--data", raw, "--out", tmp_path / "out", "--template", "qwen"]
    plans = [
        json.loads(fctune(*words, "--dry-run", "--json", *more).stdout)
        for more in ([], ["--mapping", shop])
    ]
    assert [plan["data"]["conversations"] for plan in plans] == [2, 3]


# recipe -------------------------------------------------------------------------------------

RECIPE = """schema_version: 1
name: shop
tool_mapping: {mapping}
model_name_or_path: Qwen/Qwen2.5-1.5B-Instruct
template: qwen
stages:
  toolcall: {{preset: guide, dataset: shop_toolcall_train, start_from: model}}
"""


def recipe(folder: Path, mapping: str) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(RECIPE.format(mapping=mapping), encoding="utf-8")
    return path


def test_a_recipe_names_a_mapping_and_prepare_takes_the_recipe(
    tmp_path: Path, shop: Path, mapping: ToolMapping
) -> None:
    path = recipe(tmp_path, str(shop))
    loaded = load_recipe(path)
    assert loaded.tool_mapping is not None
    assert loaded.tool_mapping.fingerprint == mapping.fingerprint
    assert "tool_mapping" not in loaded.stages["toolcall"].settings
    assert output_dir_of(loaded, "toolcall", Path("saves")) == Path("saves/shop/toolcall")
    raw = write(tmp_path / "raw.jsonl", GOOD)
    prepare([raw], name="d", out_dir=tmp_path / "data", mapping=path)
    assert json.loads((tmp_path / "data" / "d.manifest.json").read_text())["mapped_calls"] == 4


def test_a_recipe_may_hold_the_entries_and_reads_them_as_prepare_does(tmp_path: Path) -> None:
    path = recipe(tmp_path, "[{tool: f, api: g, fixed: {on: yes, day: 2026-01-01}}]")
    loaded = load_recipe(path).tool_mapping
    assert loaded is not None
    assert to_api(ToolCall("f"), loaded) == ApiCall("g", {"on": "yes", "day": "2026-01-01"})
    assert loaded.fingerprint == load_mapping(path).fingerprint


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("5", "got tool_mapping: 5, expected a list of entries, or the path"),
        ("absent.yaml", "no such file"),
        ("[{tool: f}]", "tool_mapping[0]: got api none, expected a name [mapping-shape]"),
    ],
)
def test_a_recipe_with_a_bad_mapping_names_its_line(
    tmp_path: Path, written: str, words: str
) -> None:
    path = recipe(tmp_path, written)
    with pytest.raises(InputFault) as caught:
        load_recipe(path)
    assert f"{path}:3" in str(caught.value)
    assert words.lower() in str(caught.value).lower()


def test_a_mapping_is_of_the_recipe_and_not_of_a_stage(tmp_path: Path, shop: Path) -> None:
    overrides = parse_overrides([f"tool_mapping={shop}"], stage="all")
    with pytest.raises(InputFault, match="does not stand here"):
        load_recipe(recipe(tmp_path, str(shop)), overrides)


def test_a_logged_query_and_an_imported_catalogue_go_through_prepare(
    tmp_path: Path, shop: Path
) -> None:
    imported = tmp_path / "imported.yaml"
    done = fctune("tools", "import", shop, "--out", imported)
    assert done.returncode == 0, done.stderr
    address = "GET /v2/shipments/SO1?lang=zh&filter%5Bfrom%5D=20261120"
    raw = write(tmp_path / "raw.jsonl", [row("到哪了？", (address, {}))])
    prepare([raw], name="d", out_dir=tmp_path / "data", tools=imported)
    [call] = calls_of(tmp_path / "data" / "d_train.jsonl")
    assert call == {
        "name": "check_logistics", "arguments": {"order_id": "SO1", "since": "2026-11-20"}
    }  # fmt: skip
