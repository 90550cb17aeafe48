"""`fctune eval` with real weights: the prompts of training, and answers free of their batch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fctune.engine.prompts import Thinking, prompt_ids
from fctune.engine.templates import EngineTemplate, messages_of
from fctune.evaluation.cases.case_set import CaseSet, read_cases
from fctune.evaluation.local.predict_local import Decoding, LocalPredictor
from fctune.jsonl import read_rows
from tests.unit.evaluation_samples import write_split

pytestmark = pytest.mark.e2e
TEMPLATE = "qwen3_nothink"
AS_TRAINED = Thinking(asked=True)


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a split whose prompts differ in length."""
    orders = ["A1", "B22", "一个很长的订单号" * 12, "C" * 200]
    return write_split(tmp_path_factory.mktemp("split") / "test.jsonl", orders)


@pytest.fixture(scope="module")
def cases(split: Path) -> CaseSet:
    return read_cases(split, template=TEMPLATE)


def answers(model: Path, cases: CaseSet, **decoding: int) -> dict[str, Any]:
    predictor = LocalPredictor.load(model, TEMPLATE, Decoding(**{"max_new_tokens": 24, **decoding}))
    return {
        p.case_id: (p.text, p.finish_reason, p.prompt_tokens, p.output_tokens, p.error)
        for p in predictor.predict(cases.cases)
    }


def test_prompts_are_those_of_training(tiny_model: Path, split: Path, cases: CaseSet) -> None:
    template = EngineTemplate.load(tiny_model, TEMPLATE)
    by_origin = {raw.origin.line: raw.value for raw in read_rows(split)}
    for case in cases.cases:
        row = by_origin[case.origin.line]
        turn = int(case.id.split("#")[1])
        trained, _ = template.pair_ids(row["system"], row["tools"], messages_of(row)[: turn + 1])
        assert prompt_ids(template, case.system, case.tools, case.messages, AS_TRAINED) == trained


def test_answers_do_not_depend_on_the_batch(tiny_model: Path, cases: CaseSet) -> None:
    together = answers(tiny_model, cases, batch_tokens=100_000)
    alone = answers(tiny_model, cases, batch_tokens=1)
    assert set(together) == {case.id for case in cases.cases}
    assert together == alone
    assert any(text for text, *_ in together.values())


def test_a_generation_config_beside_the_weights_does_not_decide(
    tiny_model: Path, cases: CaseSet, tmp_path: Path
) -> None:
    copy = tmp_path / "model"
    copy.mkdir()
    for path in tiny_model.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    sampling = {"do_sample": True, "temperature": 5.0, "repetition_penalty": 3.0, "top_k": 50}
    (copy / "generation_config.json").write_text(json.dumps(sampling))
    assert answers(copy, cases) == answers(tiny_model, cases)


def test_an_adapter_is_put_on_its_base(tiny_model: Path, cases: CaseSet, tmp_path: Path) -> None:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(str(tiny_model))
    torch.manual_seed(0)
    adapted = get_peft_model(base, LoraConfig(r=4, target_modules=["q_proj", "v_proj"]))
    adapted.save_pretrained(str(tmp_path / "zero"))
    for name, weight in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.5)
    adapted.save_pretrained(str(tmp_path / "tuned"))
    plain = answers(tiny_model, cases)
    assert answers(tmp_path / "zero", cases) == plain
    assert answers(tmp_path / "tuned", cases) != plain


def test_a_prompt_beyond_the_models_positions_is_told_and_does_not_crash(
    tiny_model: Path, cases: CaseSet
) -> None:
    predictor = LocalPredictor.load(tiny_model, TEMPLATE, Decoding(max_new_tokens=24))
    prompts = {case.id: predictor._encode(case) for case in cases.cases}
    lengths = sorted(len(prompt.ids) for prompt in prompts.values())
    # The longest prompt does not fit, the next has room for fewer tokens than are asked for.
    limit = lengths[-1]
    predictor.model.config.max_position_embeddings = limit
    found = {p.case_id: p for p in predictor.predict(cases.cases)}
    assert len(found) == len(prompts)
    for case_id, prompt in prompts.items():
        answer = found[case_id]
        if len(prompt.ids) >= limit:
            assert (answer.finish_reason, answer.text) == ("error", None)
            assert f"the model takes {limit}" in answer.error
        else:
            assert answer.output_tokens <= min(24, limit - len(prompt.ids))


def fctune(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from fctune.cli.main import run; run()"]
    words = [str(argument) for argument in arguments]
    return subprocess.run([*command, *words], capture_output=True, text=True, check=False)


def test_the_verb_writes_its_files_and_they_score_the_same(
    tiny_model: Path, split: Path, tmp_path: Path
) -> None:
    asked = ("--data", split, "--template", TEMPLATE, "--max-new-tokens", "8")
    for name in ("one", "two"):
        done = fctune("eval", tiny_model, *asked, "--out", tmp_path / name, "--json")
        assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "one" / "results.json").read_text(encoding="utf-8"))
    assert json.loads(done.stdout) == results
    assert results["n"] == results["correct"] + results["wrong"] == 12
    assert results["config"]["model"]["dtype"] in ("float32", "bfloat16")
    scored = fctune("score", tmp_path / "one" / "predictions.jsonl", "--out", tmp_path / "again")
    assert scored.returncode == 0, scored.stderr
    for name in ("results.json", "predictions.jsonl", "outcomes.jsonl", "report.md"):
        first = (tmp_path / "one" / name).read_bytes()
        assert first == (tmp_path / "two" / name).read_bytes()
    first = (tmp_path / "one" / "outcomes.jsonl").read_bytes()
    assert first == (tmp_path / "again" / "outcomes.jsonl").read_bytes()


def test_the_template_is_read_from_the_run_and_asked_for_where_it_is_not(
    tiny_model: Path, split: Path, tmp_path: Path
) -> None:
    options = ("--data", split, "--out", tmp_path / "out", "--dry-run")
    done = fctune("eval", tiny_model, *options)
    assert (done.returncode, "hint: add --template" in done.stderr) == (2, True)
    run = tmp_path / "checkpoint-8"
    run.mkdir()
    (run / "config.json").write_bytes((tiny_model / "config.json").read_bytes())
    (tmp_path / "fctune_run.json").write_text('{"template": "qwen"}')
    done = fctune("eval", run, *options, "--json")
    assert (done.returncode, json.loads(done.stdout)["template"]) == (0, "qwen")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [{}, {"adapter_config.json": "{}"}, {"config.json": "{}"}])
def test_a_folder_that_is_no_checkpoint_is_told_without_a_traceback(
    split: Path, tmp_path: Path, content: dict[str, str]
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for name, text in content.items():
        (folder / name).write_text(text)
    done = fctune("eval", folder, "--data", split, "--template", "qwen", "--out", tmp_path / "out")
    assert done.returncode == 3, done.stderr
    assert str(folder) in done.stderr
    assert "Traceback" not in done.stderr
