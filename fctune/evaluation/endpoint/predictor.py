"""EndpointPredictor: an OpenAI-compatible server answers cases.

Input: a URL, the name of a model, and cases. Output: one Prediction for each case, as the answers
come. A failure of the server is a prediction without an answer (`infra_error`), never a wrong one;
where no request can succeed, or nothing answers any more, the run stops with EndpointFault.

Requests run in a thread of their own, so that times do not depend on what the caller does between
two predictions, and a caller that stops early ends them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fctune.conversations.families import ResultJoiner, family_of
from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.decode import Decoder, decoder_for
from fctune.evaluation.endpoint.answer import AnswerReader, BadAnswer
from fctune.evaluation.endpoint.crew import Crew, Exchange
from fctune.evaluation.endpoint.http import load_httpx
from fctune.evaluation.endpoint.request import (
    NotAskable,
    engine_request,
    names_of,
    openai_request,
)
from fctune.evaluation.endpoint.settings import EndpointOptions, Key, Target
from fctune.evaluation.endpoint.timing import RequestTime, summary
from fctune.evaluation.endpoint.tool_names import WireNames
from fctune.evaluation.predict import Prediction

_DEFAULT_TEMPLATE = "qwen"


@dataclass(frozen=True)
class EndpointPredictor:
    """A server that answers cases.

    Attributes:
        target: where requests go.
        model: the name that the server knows it by.
        key: of the server; shown nowhere.
        decoder: reads calls out of text; None takes text for words.
        joiner: how the cases' template has joined parallel results.
        options: how the server is asked.
        warnings: what the user should know before the run.
        notes: what was out of the ordinary in answers, counted.
        times: of each answered request.
    """

    target: Target
    model: str
    key: Key
    decoder: Decoder | None
    joiner: ResultJoiner
    options: EndpointOptions
    warnings: tuple[str, ...] = ()
    notes: Counter[str] = field(default_factory=Counter)
    times: list[RequestTime] = field(default_factory=list)

    @property
    def source(self) -> str:
        """What was asked, for the report."""
        return f"{self.model} at {self.target.shown}"

    @property
    def description(self) -> dict[str, Any]:
        """What decides an answer beside the weights, for results.json."""
        return {
            "endpoint": self.target.shown,
            "model": self.model,
            "server": self.options.server,
            "request": self.options.body(),
            "max_new_tokens": self.options.max_new_tokens,
        }

    def timing(self) -> dict[str, Any]:
        """Return times and notes of this run's requests, for timing.json.

        Notes stand there since a run that was resumed has only those of its own requests.
        """
        notes = {"notes": dict(sorted(self.notes.items()))} if self.notes else {}
        return {**summary(self.times, self.options.concurrency), **notes}

    def request_of(self, case: EvalCase) -> dict[str, Any]:
        """Return the body of the request for a case; it never holds the key.

        Raises:
            NotAskable: the case cannot be written as a request.
        """
        if self.options.server == "llamafactory":
            asked = engine_request(case)
        else:
            asked = openai_request(case, names_of(case), self.joiner)
        return {"model": self.model, **asked, **self.options.body()}

    def predict(self, cases: Sequence[EvalCase]) -> Iterator[Prediction]:
        """Yield one prediction for each case, in the order in which answers come.

        Raises:
            EndpointFault: the server refuses the key or the model, or answers nothing; what was
                yielded before stands.
        """
        by_id = {case.id: case for case in cases}
        crew = Crew(self.target, self.key, self.options)
        requests = ((case.id, self._asked(case)) for case in cases)
        for exchange in crew.run(requests):
            yield self._prediction(by_id[exchange.case_id], exchange)

    def _asked(self, case: EvalCase) -> dict[str, Any] | str:
        """Return the request of a case, or why there is none."""
        try:
            return self.request_of(case)
        except NotAskable as fault:
            return str(fault)

    def _prediction(self, case: EvalCase, exchange: Exchange) -> Prediction:
        if exchange.reply is None:
            return _no_answer(case, exchange.error)
        plain = self.options.server == "llamafactory"
        names = WireNames() if plain else names_of(case)
        try:
            answer = AnswerReader(case.catalog, names, self.decoder).read(exchange.reply.body)
        except BadAnswer as fault:
            return _no_answer(case, f"the server's answer cannot be read: {fault}")
        self.notes.update(dict.fromkeys(answer.notes, 1))
        self.times.append(
            RequestTime(
                exchange.reply.latency_s,
                exchange.reply.first_token_s,
                answer.output_tokens,
                exchange.attempts,
            )
        )
        return Prediction(
            case_id=case.id,
            text=answer.text,
            decoded=answer.decoded,
            finish_reason=answer.finish_reason,
            prompt_tokens=answer.prompt_tokens,
            output_tokens=answer.output_tokens,
            latency_s=exchange.reply.latency_s,
        )


def endpoint_predictor(
    url: str,
    model: str,
    *,
    template: str | None = None,
    decoder: Decoder | None = None,
    options: EndpointOptions | None = None,
    environ: Mapping[str, str] | None = None,
) -> EndpointPredictor:
    """Return a predictor for a server; nothing is sent yet.

    Args:
        url: of the server, such as `http://localhost:8000/v1`.
        model: the name that the server knows it by.
        template: the engine template that the cases were read with, which says how results are
            joined, and how calls are read out of text.
        decoder: reads calls out of text; default: that of the template, if one is given.
        options: default EndpointOptions().
        environ: where the key is read; default: the environment.

    Raises:
        EnvironmentFault: httpx is not installed, or the key is none.
        UsageFault: the URL or an option cannot be used.
        InputFault: the engine has no such template.
    """
    chosen = options or EndpointOptions()
    chosen.body()
    target = Target.of(url)
    load_httpx()
    environment = os.environ if environ is None else environ
    key, warning = Key.of(environment).for_target(target)
    return EndpointPredictor(
        target=target,
        model=model,
        key=key,
        decoder=decoder or (decoder_for(template) if template else None),
        joiner=family_of(template or _DEFAULT_TEMPLATE).joiner,
        options=chosen,
        warnings=(warning,) if warning else (),
    )


def _no_answer(case: EvalCase, error: str) -> Prediction:
    return Prediction(case.id, None, finish_reason="error", error=error)
