"""The local backend with real weights: shared prefixes, constraints, resuming, a Ray cluster."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from fctune.cli import eval as evaluate
from fctune.engine.templates import EngineTemplate
from fctune.errors import InputFault, UsageFault
from fctune.evaluation.cases.case_set import CaseSet, EvalCase, read_cases
from fctune.evaluation.decode import DECODERS
from fctune.evaluation.local import predict_constrain, predict_local_plan, predict_ray
from fctune.evaluation.local.constrain import Constraint
from fctune.evaluation.local.predict_constrain import Constrainer
from fctune.evaluation.local.predict_local import Decoding, LocalPredictor
from fctune.evaluation.local.predict_local_prefix import takes_prefixes
from fctune.evaluation.local.resume import JOURNAL, Resuming
from fctune.evaluation.predict import Prediction
from fctune.tools.check import check_call
from fctune.tools.read import parse_catalog
from tests.unit.evaluation_samples import write_split

pytestmark = pytest.mark.e2e
TEMPLATE = "qwen3_nothink"
ORDERS = ["A1", "一个很长的订单号" * 12, "C" * 120, "订单 7", "D-9 " * 20]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> CaseSet:
    path = write_split(tmp_path_factory.mktemp("split") / "test.jsonl", ORDERS)
    return read_cases(path, template=TEMPLATE)


def loaded(model: Path, **decoding: Any) -> LocalPredictor:
    return LocalPredictor.load(model, TEMPLATE, Decoding(**{"max_new_tokens": 24, **decoding}))


def said(predictions: Iterator[Prediction]) -> dict[str, Any]:
    return {p.case_id: replace(p, latency_s=0.0) for p in predictions}


# shared prefixes ------------------------------------------------------------------------------


def test_a_shared_prefix_changes_no_answer(
    tiny_model: Path, cases: CaseSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = said(loaded(tiny_model, share_prefix=False).predict(cases.cases))
    predictor = loaded(tiny_model)
    assert said(predictor.predict(cases.cases)) == whole
    assert predictor._prefixes._held, "the prompts have a prefix worth sharing"
    # Trunks of several lengths in one batch: turns of conversations, and other system texts.
    monkeypatch.setattr(predict_local_plan, "MIN_SAVED_TOKENS", 1)
    mixed = tuple(
        replace(case, system="You help, and you are brief." * (index % 2))
        for index, case in enumerate(cases.cases)
    )
    many = loaded(tiny_model, max_new_tokens=8)
    one = loaded(tiny_model, share_prefix=False, batch_tokens=1, max_new_tokens=8)
    assert said(many.predict(mixed)) == said(one.predict(mixed))
    assert len(many._prefixes._held) > 2


def test_a_growing_cache_takes_a_prefix_too(
    tiny_model: Path, cases: CaseSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = said(loaded(tiny_model).predict(cases.cases))
    monkeypatch.setattr(
        "fctune.evaluation.local.predict_local.takes_static_cache", lambda model: False
    )
    assert said(loaded(tiny_model).predict(cases.cases)) == whole


def test_models_that_cannot_go_on_from_a_prefix_are_told(tiny_model: Path) -> None:
    model = loaded(tiny_model).model
    assert takes_prefixes(model)
    model.config.layer_types = ["sliding_attention"] * model.config.num_hidden_layers
    model.config.sliding_window = 16
    assert not takes_prefixes(model)
    model.config.layer_types = ["full_attention"] * model.config.num_hidden_layers
    model.config.rope_scaling = {"rope_type": "dynamic", "factor": 2.0}
    assert not takes_prefixes(model)


def adapter(base: Path, folder: Path, *, trained: str = "") -> Path:
    """Save an adapter that changes answers, with the record of a run beside it."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(str(base))
    adapted = get_peft_model(model, LoraConfig(r=4, target_modules=["q_proj", "v_proj"]))
    for name, weight in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.5)
    adapted.save_pretrained(str(folder))
    if trained:
        (folder / "train.yaml").write_text(trained)
    return folder


def test_an_adapter_shares_prefixes_and_is_quantised_as_trained(
    tiny_model: Path, cases: CaseSet, tmp_path: Path
) -> None:
    qlora = "template: qwen3_nothink\nquantization_bit: 4\nquantization_type: nf4\n"
    folder = adapter(tiny_model, tmp_path / "qlora", trained=qlora)
    few = cases.cases[:8]
    whole = said(loaded(folder, share_prefix=False).predict(few))
    assert said(loaded(folder).predict(few)) == whole
    assert said(loaded(tiny_model).predict(few)) != whole
    quantised = loaded(folder, quantize="trained")
    assert quantised.description["bits"] == 4
    assert "bits" not in loaded(folder).description
    assert set(said(quantised.predict(few))) == set(whole)
    assert "bits" not in loaded(tiny_model, quantize="trained").description


def test_a_sampled_answer_does_not_depend_on_its_batch(tiny_model: Path, cases: CaseSet) -> None:
    few = cases.cases[:6]
    hot = {"temperature": 1.5, "seed": 3}
    together = said(loaded(tiny_model, **hot).predict(few))
    assert said(loaded(tiny_model, batch_tokens=1, **hot).predict(few)) == together
    assert said(loaded(tiny_model, temperature=1.5, seed=4).predict(few)) != together


# constraints ----------------------------------------------------------------------------------


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_an_untrained_model_writes_only_lawful_calls(
    tiny_model: Path, cases: CaseSet, temperature: float
) -> None:
    pytest.importorskip("llguidance")
    constraint = Constraint("required", max_calls=2, max_string=24, max_items=3)
    predictor = loaded(
        tiny_model, max_new_tokens=160, constrain=constraint, temperature=temperature
    )
    by_id = {case.id: case for case in cases.cases}
    finished = 0
    for prediction in predictor.predict(cases.cases):
        decoded = prediction.decoded
        assert not decoded.malformed, prediction.text
        assert decoded.calls, prediction.text
        for call in decoded.calls:
            assert not check_call(call, by_id[prediction.case_id].catalog), prediction.text
        finished += prediction.finish_reason == "stop"
    assert finished >= 0.9 * len(cases.cases)
    assert predictor.notes == ()


def test_a_call_that_runs_out_of_room_is_led_to_its_end(tiny_model: Path, cases: CaseSet) -> None:
    pytest.importorskip("llguidance")
    predictor = loaded(tiny_model, max_new_tokens=64, constrain=Constraint("required"))
    found = list(predictor.predict(cases.cases))
    assert any(prediction.finish_reason == "length" for prediction in found)
    for prediction in found:
        assert prediction.output_tokens <= 64
        assert prediction.decoded.calls and not prediction.decoded.malformed, prediction.text


@pytest.mark.parametrize("name", ["qwen3_nothink", "default", "mistral", "glm4"])
@pytest.mark.parametrize("choice", ["auto", "required"])
def test_a_call_is_begun_only_where_it_has_room(
    tiny_model: Path, cases: CaseSet, name: str, choice: Any
) -> None:
    """Scores of noise that long for calls, in answers of few tokens; no model is needed."""
    pytest.importorskip("llguidance")
    template = EngineTemplate.load(tiny_model, name)
    constrainer = Constrainer(template, Constraint(choice), len(template.tokenizer))
    style, decode = constrainer.style, DECODERS["qwen" if name == TEMPLATE else name]
    lead = template.tokenizer.encode(f"{style.begin}{style.open}", add_special_tokens=False)
    asked = cases.cases[:4]
    foreseen = {room: constrainer.foresee(asked, room) for room in (8, 44, 64)}
    assert foreseen[64] is None and foreseen[8] is not None
    assert "answers of 8 tokens have no room for a call of " in foreseen[8][0]
    assert re.fullmatch(r"add --max-new-tokens \d+ or more", foreseen[8][1])
    called = 0
    for room in (8, 44, 64) if choice == "auto" else (44, 64):
        for case, text in zip(asked, longing(constrainer, asked, room, lead), strict=True):
            decoded = decode(text, case.catalog)
            assert not decoded.malformed, text
            assert all(not check_call(call, case.catalog) for call in decoded.calls)
            assert choice == "auto" or decoded.calls
            called += len(decoded.calls)
    assert called or style.begin or not style.open  # the first token of these is rarely drawn


def with_tools(case: EvalCase, **parameters: int) -> EvalCase:
    """Return a case with tools of so many required parameters."""
    tools = [
        {"name": name, "description": "", "parameters": {"type": "object", "properties": {
            f"argument_number_{n}": {"type": "string"} for n in range(count)},
            "required": [f"argument_number_{n}" for n in range(count)]}}
        for name, count in parameters.items()
    ]  # fmt: skip
    catalog = parse_catalog(tools)[0]
    return replace(case, catalog=catalog, tools=catalog.json)


def test_a_long_tool_forbids_no_short_one(tiny_model: Path, cases: CaseSet) -> None:
    pytest.importorskip("llguidance")
    import torch

    template = EngineTemplate.load(tiny_model, TEMPLATE)
    tokenizer = template.tokenizer
    constrainer = Constrainer(template, Constraint("auto"), len(tokenizer))
    asked = with_tools(cases.cases[0], report=12, log=5, now=0)
    needs = dict(constrainer._known(asked.catalog).needs)
    room = needs["report"] + 10
    (begin,) = tokenizer.encode(constrainer.style.mark, add_special_tokens=False)
    (word,) = tokenizer.encode("a", add_special_tokens=False)
    said, open_to_calls = [0], []
    processor = constrainer.processor([asked], 1, room)
    for left in range(room, 0, -1):
        scores = processor(torch.tensor([said]), torch.zeros((1, len(tokenizer))))[0]
        open_to_calls += [left] if bool(scores[begin] == 0) else []
        said.append(word)
    assert open_to_calls == list(range(room, needs["now"], -1))


def test_what_is_foreseen_is_told_by_the_longest_tool_of_a_name(
    tiny_model: Path, cases: CaseSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("llguidance")
    template = EngineTemplate.load(tiny_model, TEMPLATE)
    constrainer = Constrainer(template, Constraint("auto"), len(template.tokenizer))
    asked = [with_tools(cases.cases[0], order=count) for count in (12, 8)]
    most = max(constrainer._known(one.catalog).needs["order"] for one in asked)
    found = constrainer.foresee(asked, 24)
    assert found is not None
    assert found[1] == f"add --max-new-tokens {most + 1} or more"
    fresh = Constrainer(template, Constraint("auto"), len(template.tokenizer))
    monkeypatch.setattr(predict_constrain, "grammar_of", None)  # none is needed where all fit
    assert fresh.foresee(asked, most + 1) is None


def longing(
    constrainer: Constrainer, asked: Sequence[EvalCase], room: int, lead: Sequence[int]
) -> list[str]:
    """Return the texts of greedy decoding with noise for scores, where `lead` is likely."""
    import torch

    tokenizer, stops = constrainer._tokenizer, sorted(constrainer._stops)
    processor = constrainer.processor(asked, 1, room)
    noise = torch.Generator().manual_seed(room)
    said = torch.zeros((len(asked), 1), dtype=torch.long)
    for _ in range(room):
        scores = 2 * torch.randn((len(asked), len(tokenizer)), generator=noise)
        scores[:, lead] += 6
        scores[:, stops] -= 5
        best = processor(said, scores).argmax(1)
        for number, row in enumerate(processor.rows):
            best[number] = stops[0] if row.done else best[number]
        said = torch.cat([said, best[:, None]], 1)
    texts = []
    for row in said[:, 1:].tolist():
        ends = [index for index, token in enumerate(row) if token in stops]
        kept = row[: ends[0]] if ends else row
        texts.append(tokenizer.decode(kept, clean_up_tokenization_spaces=False))
    return texts


def test_a_constraint_changes_no_answer_that_obeys_it(tiny_model: Path, cases: CaseSet) -> None:
    pytest.importorskip("llguidance")
    free = said(loaded(tiny_model).predict(cases.cases))
    bound = said(loaded(tiny_model, constrain=Constraint()).predict(cases.cases))
    # Neither the tags of calls nor special tokens, which are no text, nor broken characters.
    texts = {case_id: str(one.text) for case_id, one in free.items()}
    obeying = [name for name, text in texts.items() if not re.search("tool_call>|<[|]|�", text)]
    assert len(obeying) > 4
    for case_id in obeying:
        assert bound[case_id] == free[case_id]


def test_formats_without_a_grammar_are_refused_before_anything_is_asked(tiny_model: Path) -> None:
    pytest.importorskip("llguidance")
    with pytest.raises(UsageFault, match="cannot be constrained, expected one of default, glm4"):
        LocalPredictor.load(tiny_model, "qwen3_5", Decoding(constrain=Constraint()))


# resuming -------------------------------------------------------------------------------------

BROKEN_RUN = """
import sys, time
from pathlib import Path
from fctune.evaluation.cases.case_set import read_cases
from fctune.evaluation.local.predict_constrain import Constrainer
from fctune.evaluation.local.predict_local import Decoding, LocalPredictor
from fctune.evaluation.local.resume import Resuming
model, split, out = map(Path, sys.argv[1:])
cases = read_cases(split, template="qwen3_nothink").cases
predictor = LocalPredictor.load(model, "qwen3_nothink", Decoding(24, 2000))
for number, _ in enumerate(Resuming(out, {"a": 1}, resume=True).predict(predictor, cases)):
    if number == 5:
        print("half", flush=True)
        time.sleep(600)
"""


def test_a_killed_run_is_resumed_and_gives_the_same(
    tiny_model: Path, cases: CaseSet, tmp_path: Path
) -> None:
    broken = subprocess.Popen(
        [sys.executable, "-c", BROKEN_RUN, tiny_model, cases.path, tmp_path],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert broken.stdout is not None
    assert broken.stdout.readline() == "half\n"
    os.kill(broken.pid, signal.SIGKILL)
    broken.wait()
    with (tmp_path / JOURNAL).open("a") as stream:
        stream.write('{"id": "torn')
    asked: list[str] = []

    class Counted(LocalPredictor):
        def predict(self, cases: Any) -> Iterator[Prediction]:
            asked.extend(case.id for case in cases)
            return super().predict(cases)

    predictor = Counted.load(tiny_model, TEMPLATE, Decoding(24, 2000))
    resumed = Resuming(tmp_path, {"a": 1}, resume=True)
    before = resumed.recorded(cases.cases)
    assert before >= 6
    found = said(resumed.predict(predictor, cases.cases))
    assert len(asked) == len(cases.cases) - before
    assert resumed.recorded(cases.cases) == len(cases.cases)
    assert found == said(loaded(tiny_model, batch_tokens=2000).predict(cases.cases))


# a Ray cluster --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'fctune[ray]'")
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    for _ in range(2):
        made.add_node(num_cpus=1)
    made.wait_for_nodes()
    yield made
    ray.shutdown()
    made.shutdown()


def test_a_cluster_says_what_one_process_says_though_a_worker_is_killed(
    tiny_model: Path, cases: CaseSet, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray

    decoding = Decoding(max_new_tokens=24, batch_tokens=1200)
    one = said(LocalPredictor.load(tiny_model, TEMPLATE, decoding).predict(cases.cases))
    wanted = predict_ray.Cluster(cluster.address, workers=2)
    on_sigterm = signal.getsignal(signal.SIGTERM)
    with predict_ray.RayPredictor.load(tiny_model, TEMPLATE, decoding, wanted) as many:
        assert signal.getsignal(signal.SIGTERM) is on_sigterm  # ray.init has one of its own
        answers = many.predict(cases.cases)
        found = [next(answers)]
        ray.kill(many._workers[0], no_restart=False)
        found.extend(answers)
        assert len(found) == len({p.case_id for p in found}) == len(cases.cases)
        assert said(iter(found)) == one
        assert many.description["dtype"] == "float32"
    with pytest.raises(InputFault, match="no such folder"):
        predict_ray.RayPredictor.load(tiny_model / "none", TEMPLATE, decoding, wanted)


def test_the_verb_writes_the_same_bytes_with_a_cluster(
    tiny_model: Path, cases: CaseSet, cluster: Any, tmp_path: Path
) -> None:
    app = typer.Typer()
    app.command()(evaluate.command)
    how = ["--template", TEMPLATE, "--max-new-tokens", "24", "--batch-tokens", "1200"]
    asked = [str(tiny_model), "--data", str(cases.path), *how]
    afar = ["--engine", "ray", "--ray-address", cluster.address, "--workers", "2"]
    for name, more in (("here", []), ("afar", afar)):
        done = CliRunner().invoke(app, [*asked, "--out", str(tmp_path / name), *more])
        assert done.exit_code == 0, done.output
    for name in ("predictions.jsonl", "outcomes.jsonl", "results.json"):
        here = (tmp_path / "here" / name).read_bytes()
        assert here == (tmp_path / "afar" / name).read_bytes(), name
        assert b"latency" not in here and b'_s"' not in here, name
