"""`fctune eval --endpoint` against two real servers: the engine's own, and transformers serve."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fctune.engine.prompts import Thinking, prompt_ids
from fctune.engine.templates import EngineTemplate
from fctune.errors import EndpointFault
from fctune.evaluation.cases.case_set import CaseSet
from fctune.evaluation.endpoint.predictor import EndpointPredictor, endpoint_predictor
from fctune.evaluation.endpoint.settings import EndpointOptions
from fctune.evaluation.evaluate import Evaluation, evaluate

from .taught_model import TEMPLATE, free_port, running, teach, write_taught_split

pytestmark = pytest.mark.e2e
KEY = "e2e-key-of-the-server"
AS_SERVED = Thinking(asked=True)


@pytest.fixture(scope="module")
def taught(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CaseSet]:
    folder = tmp_path_factory.mktemp("taught")
    split = write_taught_split(folder / "test.jsonl")
    return folder / "model", teach(tiny_model, split, folder / "model")


@pytest.fixture(scope="module")
def engine_api(taught: tuple[Path, CaseSet]) -> Iterator[str]:
    """Run `llamafactory-cli api`, which wants a key."""
    model, port = taught[0], free_port()
    config = model.parent / "api.yaml"
    config.write_text(
        f"model_name_or_path: {model}\ntemplate: {TEMPLATE}\ninfer_backend: huggingface\n"
    )
    environ = {
        "API_HOST": "127.0.0.1",
        "API_PORT": str(port),
        "API_KEY": KEY,
        "MAX_CONCURRENT": "2",
    }
    command = ["-c", "from llamafactory.cli import main; main()", "api", str(config)]
    with running(command, port, "/v1/models", environ, model.parent / "api.log"):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def transformers_serve(taught: tuple[Path, CaseSet]) -> Iterator[str]:
    if importlib.util.find_spec("openai") is None:
        pytest.skip("transformers serve needs the openai package, which is not installed")
    model, port = taught[0], free_port()
    command = ["-m", "transformers.commands.transformers_cli", "serve", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--device", "cpu", "--force-model", str(model)]
    with running(command, port, "/health", {}, model.parent / "serve.log"):
        yield f"http://127.0.0.1:{port}/v1"


def asked(
    url: str, cases: CaseSet, *, key: str = KEY, template: str | None = TEMPLATE, **options: Any
) -> tuple[Evaluation, EndpointPredictor]:
    settings = EndpointOptions(
        **{"max_new_tokens": 48, "retries": 1, "timeout_s": 60.0, "concurrency": 1, **options}
    )
    environ = {"FCTUNE_API_KEY": key} if key else {}
    predictor = endpoint_predictor(
        url, "tiny", template=template, options=settings, environ=environ
    )
    # In reverse: transformers serve 4.57.6 reuses the cache of the request before, and answers
    # wrongly, where a request goes on with that one's messages.
    return evaluate(cases, predictor.predict(list(reversed(cases.cases)))), predictor


def counted(evaluation: Evaluation) -> Counter[str]:
    return Counter(outcome.outcome.value for outcome in evaluation.outcomes)


def test_the_engines_server_answers_rightly_to_the_prompt_of_training(
    engine_api: str, taught: tuple[Path, CaseSet]
) -> None:
    model, cases = taught
    evaluation, predictor = asked(engine_api, cases, server="llamafactory")
    assert counted(evaluation) == {"ok": 5}, [one.outcome.reason for one in evaluation.judged]
    template = EngineTemplate.load(model, TEMPLATE)
    for one in evaluation.judged:
        case = one.case
        prompt = prompt_ids(template, case.system, case.tools, case.messages, AS_SERVED)
        assert one.prediction.prompt_tokens == len(prompt), case.id
        assert one.prediction.output_tokens > 0
    assert predictor.timing()["latency_kind"] == "single_stream"
    assert KEY not in f"{predictor.description}"


def test_what_the_engines_server_makes_of_openai_history(
    engine_api: str, taught: tuple[Path, CaseSet]
) -> None:
    """llamafactory 0.9.5 api/chat.py: two results are refused, arguments are encoded twice."""
    model, cases = taught
    evaluation, _ = asked(engine_api, cases, concurrency=4)
    refused = [one for one in evaluation.judged if one.outcome.correct is None]
    assert [len(one.case.messages) for one in refused] == [3]
    assert "HTTP 400: Only supports u/a/u/a/u..." in refused[0].prediction.error
    assert "--server llamafactory" in refused[0].prediction.error
    template = EngineTemplate.load(model, TEMPLATE)
    for one in evaluation.judged:
        case = one.case
        trained = len(prompt_ids(template, case.system, case.tools, case.messages, AS_SERVED))
        if len(case.messages) == 1:
            assert one.outcome.correct and one.prediction.prompt_tokens == trained
        elif one.prediction.finish_reason != "error":
            assert one.prediction.prompt_tokens > trained  # quotes and backslashes around arguments


def test_the_engines_server_cannot_stream_with_tools_and_wants_its_key(
    engine_api: str, taught: tuple[Path, CaseSet]
) -> None:
    with pytest.raises(EndpointFault, match="none of 5 requests was answered"):
        asked(engine_api, taught[1], stream=True, retries=0)
    with pytest.raises(EndpointFault, match="HTTP 401") as caught:
        asked(engine_api, taught[1], key="")
    assert "FCTUNE_API_KEY" in caught.value.hint
    with pytest.raises(EndpointFault, match="HTTP 404"):
        asked(f"{engine_api}/wrong", taught[1])


@pytest.mark.parametrize("stream", [False, True])
def test_a_second_server_answers_rightly(
    transformers_serve: str, taught: tuple[Path, CaseSet], stream: bool
) -> None:
    """transformers serve: other code, the model's own chat template, its own reader of calls."""
    evaluation, predictor = asked(
        transformers_serve, taught[1], key="", template=None, stream=stream
    )
    assert counted(evaluation) == {"ok": 5}, [one.outcome.reason for one in evaluation.judged]
    assert all(one.prediction.text is None for one in evaluation.judged if one.case.calls)
    timing = predictor.timing()
    assert 0 < timing["first_token_p50_s"] < timing["latency_p50_s"]
