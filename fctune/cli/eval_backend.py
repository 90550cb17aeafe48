"""Who answers in `fctune eval`: a checkpoint here, a checkpoint on a Ray cluster, or a server.

Input: words as the user gave them. Output: a Backend, which loads a model only when it is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fctune.cli.output import out
from fctune.errors import UsageFault

if TYPE_CHECKING:
    from fctune.engine.prompts import Thinking
    from fctune.evaluation.decode import Decoder
    from fctune.evaluation.endpoint.settings import EndpointOptions
    from fctune.evaluation.local.predict_local import Decoding

    Answerer = Any  # a Predictor with description, notes and the like


@dataclass(frozen=True, slots=True)
class Backend:
    """Who answers.

    Attributes:
        source: as results.json names it.
        template: the engine template; "" where calls come apart from the text.
        settings: what a dry run tells.
        described: what results.json says of the model beside what its predictor tells.
        fingerprint: of all that decides an answer, for a split's sha256.
        opened: loads the model or binds the server.
        condition: what the time of one case stands for.
        concurrency: requests under way at a time.
    """

    source: str
    template: str
    settings: Mapping[str, object]
    described: Mapping[str, object]
    fingerprint: Callable[[str], Mapping[str, Any]]
    opened: Callable[[], AbstractContextManager[Answerer]]
    condition: str
    concurrency: int = 1


@dataclass(frozen=True, slots=True)
class Reading:
    """How calls are read out of text.

    Attributes:
        template: as given; None asks the checkpoint.
        call_format: as given; None takes that of the template.
    """

    template: str | None
    call_format: str | None

    def decoder(self, template: str | None) -> Decoder | None:
        """Return the reader, or None where neither template nor format is known.

        Raises:
            InputFault, UsageFault: there is no such template or format.
        """
        from fctune.evaluation.decode import decoder_for, decoder_named

        if self.call_format is not None:
            return decoder_named(self.call_format)
        return decoder_for(template) if template else None


@dataclass(frozen=True, slots=True)
class ClusterWords:
    """The Ray cluster that was asked for."""

    address: str | None
    workers: int


def local_backend(
    checkpoint: Path,
    reading: Reading,
    decoding: Decoding,
    cluster: ClusterWords | None,
    *,
    thinking: bool | None = None,
) -> Backend:
    """Return the backend of a checkpoint.

    Args:
        checkpoint: a model folder, or an adapter folder.
        reading: how calls are read.
        decoding: how answers are generated; its `thinking` is told by the checkpoint.
        cluster: where; None is here.
        thinking: whether the model may think; None asks the checkpoint.

    Raises:
        InputFault: the folder holds no model, or the template is unknown.
        UsageFault: the template is not told, or its calls cannot be constrained.
    """
    from fctune.evaluation.decode import format_of
    from fctune.evaluation.local.predict_model import base_of
    from fctune.evaluation.local.resume_fingerprint import fingerprint_of_run

    if cluster is not None and reading.call_format is not None:
        raise UsageFault("--call-format is not read by workers", hint="leave --engine ray out")
    base = base_of(checkpoint)
    template = _template(checkpoint, reading)
    decoder = reading.decoder(template)
    decoding = replace(decoding, thinking=_thinking(checkpoint, template, thinking))
    if decoding.constrain is not None:
        from fctune.evaluation.grammar.styles import style_of

        style_of(format_of(template))

    @contextmanager
    def opened() -> Iterator[Answerer]:
        with _loaded(checkpoint, template, decoding, cluster) as predictor:
            yield _with_decoder(predictor, decoder) if reading.call_format else predictor

    def fingerprint(sha256: str) -> Mapping[str, Any]:
        read_as = f"{template} {reading.call_format or ''}".strip()
        return fingerprint_of_run(
            split_sha256=sha256,
            template=read_as,
            checkpoint=checkpoint,
            base=base,
            decoding=decoding,
        )

    settings = {
        "checkpoint": str(checkpoint),
        "base": base,
        "template": template,
        "max_new_tokens": decoding.max_new_tokens,
        "thinking": decoding.thinking.asked,
    }
    return Backend(
        str(checkpoint), template, settings, {"base": base}, fingerprint, opened, "batch share"
    )


def endpoint_backend(
    url: str, model: str | None, reading: Reading, options: EndpointOptions
) -> Backend:
    """Return the backend of a server.

    Raises:
        UsageFault: the model is not named, or an option contradicts another.
        EnvironmentFault: the `[endpoint]` extra is not installed.
    """
    from fctune.evaluation.endpoint.predictor import endpoint_predictor
    from fctune.evaluation.local.resume_fingerprint import fingerprint_of_run

    if not model:
        raise UsageFault("--endpoint needs the name of a model", hint="add --model NAME")
    predictor = endpoint_predictor(
        url,
        model,
        template=reading.template,
        decoder=reading.decoder(reading.template),
        options=options,
    )
    settings = {key: value for key, value in predictor.description.items() if key != "notes"}

    def fingerprint(sha256: str) -> Mapping[str, Any]:
        template = f"{reading.template or ''} {reading.call_format or ''}".strip()
        return fingerprint_of_run(split_sha256=sha256, template=template, settings=settings)

    def opened() -> AbstractContextManager[Answerer]:
        for warning in predictor.warnings:
            out.warn(warning)
        return nullcontext(predictor)

    alone = options.concurrency == 1
    return Backend(
        predictor.source,
        reading.template or "",
        settings,
        {},
        fingerprint,
        opened,
        "single stream" if alone else "concurrent",
        options.concurrency,
    )


def _template(checkpoint: Path, reading: Reading) -> str:
    from fctune.evaluation.decode import decoder_for
    from fctune.evaluation.local.template_of import template_of

    chosen = reading.template or template_of(checkpoint)
    if chosen is None:
        raise UsageFault(
            "does not say which template it was trained with",
            where=str(checkpoint),
            hint="add --template, such as --template qwen",
        )
    decoder_for(chosen)
    return chosen


def _thinking(checkpoint: Path, template: str, asked: bool | None) -> Thinking:
    """Return how the model was trained to think, or what the user says of it.

    Where that is not known, the user is warned.

    Raises:
        UsageFault: it is to think, and its template has no form for a thought.
    """
    from fctune.engine.thoughts import thought_words_of
    from fctune.evaluation.local.template_of import thinking_of, unread_manifest

    trained = thinking_of(checkpoint)
    if asked is None:
        unread = unread_manifest(checkpoint) if thought_words_of(template) is not None else ""
        if unread:
            out.warn(
                f"{unread}, which tells whether the model was trained to think, is not there or "
                "was changed since: it is asked not to think",
                hint="add --thinking or --no-thinking",
            )
        return trained
    if asked and thought_words_of(template) is None:
        raise UsageFault(
            f"got --thinking, and template {template} has no form for a thought",
            hint="leave --thinking out, or give a reasoning template: qwen3, glm4_moe, deepseekr1",
        )
    return replace(trained, asked=asked)


def _loaded(
    checkpoint: Path, template: str, decoding: Decoding, cluster: ClusterWords | None
) -> AbstractContextManager[Answerer]:
    if cluster is None:
        from fctune.evaluation.local.predict_local import LocalPredictor

        return nullcontext(LocalPredictor.load(checkpoint, template, decoding))
    from fctune.evaluation.local.predict_ray import Cluster, RayPredictor

    asked = Cluster(cluster.address, cluster.workers)
    return RayPredictor.load(checkpoint, template, decoding, asked)


def _with_decoder(predictor: Answerer, decoder: Decoder | None) -> Answerer:
    """Return a predictor whose text is read in another format than its template's."""
    return replace(predictor, decoder=decoder)
