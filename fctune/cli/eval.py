"""`fctune eval`: a checkpoint or a server answers the held-out split and is judged."""

from __future__ import annotations

from types import SimpleNamespace

from fctune.cli import eval_options as options
from fctune.cli.finish import Wishes, finish
from fctune.cli.gates import (
    JunitOpt,
    MaxOpt,
    MinOpt,
    NoRegressionOpt,
    ToleranceOpt,
    read_gates,
)
from fctune.cli.modes import ComparatorsOpt, ModeName, ModeOpt, read_mode
from fctune.cli.options import DryRunOpt, JsonOpt, MappingOpt, SeedOpt
from fctune.cli.tool_file import ToolsOpt
from fctune.cli.toolset import (
    MEMORY_MB,
    TIMEOUT_S,
    DeliverOpt,
    ToolEnvOpt,
    ToolMemoryOpt,
    ToolPlacesOpt,
    ToolsetOpt,
    ToolTimeoutOpt,
    VariantsOpt,
    toolset_settings,
)


def command(
    data: options.DataOpt,
    out_dir: options.OutOpt,
    checkpoint: options.CheckpointArg = None,
    mode: ModeOpt = ModeName.strict,
    comparators: ComparatorsOpt = None,
    template: options.TemplateOpt = None,
    call_format: options.CallFormatOpt = None,
    tools: ToolsOpt = None,
    mapping: MappingOpt = None,
    answers: options.AnswersOpt = None,
    underscore_to_dot: options.UnderscoreOpt = False,
    max_cases: options.MaxCasesOpt = None,
    variants: VariantsOpt = None,
    train: options.TrainOpt = None,
    toolset: ToolsetOpt = None,
    tool_timeout: ToolTimeoutOpt = TIMEOUT_S,
    tool_memory: ToolMemoryOpt = MEMORY_MB,
    tool_env: ToolEnvOpt = None,
    tool_places: ToolPlacesOpt = None,
    deliver: DeliverOpt = None,
    max_new_tokens: options.MaxNewTokensOpt = 256,
    temperature: options.TemperatureOpt = 0.0,
    batch_tokens: options.BatchTokensOpt = 8192,
    share_prefix: options.SharePrefixOpt = True,
    quantize: options.QuantizeOpt = options.Quantized.none,
    thinking: options.ThinkingOpt = None,
    constrain: options.ConstrainOpt = False,
    tool_choice: options.ToolChoiceOpt = options.ToolChoice.auto,
    max_calls: options.MaxCallsOpt = 16,
    max_string: options.MaxStringOpt = 0,
    engine: options.EngineOpt = options.Engine.local,
    workers: options.WorkersOpt = 0,
    ray_address: options.RayAddressOpt = None,
    endpoint: options.EndpointOpt = None,
    model: options.ModelOpt = None,
    server: options.ServerOpt = options.Server.openai,
    concurrency: options.ConcurrencyOpt = 8,
    timeout: options.TimeoutOpt = 120.0,
    retries: options.RetriesOpt = 4,
    stream: options.StreamOpt = False,
    request: options.RequestOpt = None,
    resume: options.ResumeOpt = False,
    least: MinOpt = None,
    most: MaxOpt = None,
    no_regression: NoRegressionOpt = None,
    tolerance: ToleranceOpt = 0.0,
    junit: JunitOpt = None,
    trace: options.TraceOpt = False,
    lang: options.LangOpt = options.Language.en,
    seed: SeedOpt = 42,
    json: JsonOpt = False,
    dry_run: DryRunOpt = False,
) -> None:
    """Let a checkpoint or a server answer every model turn of a split, and judge its calls.

    The turns before are the true ones. Writes results.json, report.md, report.html,
    predictions.jsonl, outcomes.jsonl, confusion.csv and timing.json into the folder.
    """
    from fctune.cli.eval_before import check_before, check_targets
    from fctune.cli.eval_given import backend_and_asked, check_words, judging_of
    from fctune.cli.eval_plan import show_plan, warn_of_rejected

    given = SimpleNamespace(**locals())
    gates = read_gates(least, most, no_regression, tolerance, junit)
    judging = judging_of(read_mode(mode, comparators))
    settings = toolset_settings(
        toolset,
        timeout_s=tool_timeout,
        memory_mb=tool_memory,
        env=tool_env,
        places=tool_places,
        deliver=deliver,
    )
    check_words(given)
    check_targets(given)
    backend, asked = backend_and_asked(
        given, lambda found: check_before(given, found, judging, gates)
    )
    warn_of_rejected(asked)
    if dry_run:
        show_plan(backend, asked, json=json)
        return
    from fctune.cli.eval_run import answered

    run = answered(backend, asked, judging, out_dir, resume=resume, trace=trace)
    wishes = Wishes(
        out_dir,
        json,
        gates,
        asked.training,
        settings,
        timing=run.timing,
        lang=lang.value,
        written=run.close,
    )
    config = asked.config(backend.source, backend.template, run.described)
    with run.kept():
        finish(judging.evaluate(asked.cases, run.predictions), config, wishes)
