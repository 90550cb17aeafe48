"""`fctune prepare`: raw conversations and tools to a registered dataset."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated

import typer

from fctune.cli.accounts import report
from fctune.cli.explained import explained
from fctune.cli.options import DryRunOpt, JsonOpt, MappingOpt, SeedOpt
from fctune.cli.output import out
from fctune.cli.prepare_recipe import RecipeOpt
from fctune.cli.start import starting
from fctune.cli.tool_file import ToolsOpt
from fctune.dataset.amounts import amount
from fctune.errors import ProblemsFound, UsageFault

_THREADS = "OPENBLAS_NUM_THREADS"

if TYPE_CHECKING:
    from fctune.dataset.build import BuildOptions, Dataset
    from fctune.dataset.manifest import DatasetManifest


def command(
    raw: Annotated[
        list[Path],
        typer.Argument(help="Raw files, folders, quoted patterns or - .", show_default=False),
    ],
    name: Annotated[
        str | None, typer.Option(help="Name of the dataset; default: that of the first file.")
    ] = None,
    out_dir: Annotated[
        Path, typer.Option("--out", help="Folder of dataset_info.json (the engine's dataset_dir).")
    ] = Path("data"),
    recipe: RecipeOpt = None,
    template: Annotated[str, typer.Option(help="Engine template the dataset is for.")] = "qwen",
    tools: ToolsOpt = None,
    tell_examples: Annotated[
        int,
        typer.Option(help="Examples of --tools to tell in each description.", min=0),
    ] = 0,
    mapping: MappingOpt = None,
    format: Annotated[
        str | None,
        typer.Option(help="Raw format, or a file that describes one; default: told row by row."),
    ] = None,
    system: Annotated[
        str | None,
        typer.Option(help="System text of rows that have none."),
    ] = None,
    drop_prefixes: Annotated[
        bool,
        typer.Option(help="Leave out rows that a longer row of the same trace begins with."),
    ] = True,
    strict: Annotated[
        bool,
        typer.Option(help="Reject rows, never repair them."),
    ] = False,
    switch: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE=ACTION",
            help="CODE=off, warn or reject: what an issue code does; CODE may end in *. May be "
            "repeated.",
            show_default=False,
        ),
    ] = None,
    thoughts: Annotated[
        str,
        typer.Option(help="remove thoughts, or keep them in the template's form."),
    ] = "remove",
    redact: Annotated[
        bool,
        typer.Option(help="Mask personal data and keys, alike in text, calls and results."),
    ] = False,
    redact_kinds: Annotated[
        str | None,
        typer.Option(help="Which: email,phone,id-number,card,account,secret-key,ip."),
    ] = None,
    prefix_rows: Annotated[
        bool,
        typer.Option(help="A row of its own for each call, so that mask_history trains all."),
    ] = False,
    prefix_each: Annotated[
        str,
        typer.Option(help="With --prefix-rows: a row for each call or each turn."),
    ] = "call",
    distractors: Annotated[
        bool,
        typer.Option(help="Add tools of --tools to shorter lists, the most confusable first."),
    ] = False,
    distractor_pool: Annotated[
        Path | None,
        typer.Option(help="Add tools of this file instead."),
    ] = None,
    max_tools: Annotated[
        int | None,
        typer.Option(help="Most tools of a list; longer ones keep the most confusable.", min=1),
    ] = None,
    tool_tokens: Annotated[
        int | None,
        typer.Option(help="Most tokens of a list, by estimate.", min=1),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="Model folder or id, to count lengths in its tokens; else they are estimated."
        ),
    ] = None,
    cutoff_len: Annotated[int, typer.Option(help="Most tokens of a row.", min=16)] = 2048,
    over_long: Annotated[
        str,
        typer.Option(help="Longer rows: drop them, or window them between exchanges."),
    ] = "drop",
    carry: Annotated[
        int,
        typer.Option(help="Exchanges that each window repeats of the one before it.", min=0),
    ] = 1,
    near_dup: Annotated[
        bool,
        typer.Option(help="Look for rows that say nearly the same."),
    ] = False,
    near_dup_threshold: Annotated[
        float,
        typer.Option(help="Similarity from which on they do.", min=0.5, max=1.0),
    ] = 0.9,
    dev: Annotated[float, typer.Option(help="Share of the dev split.")] = 0.05,
    test: Annotated[float, typer.Option(help="Share of the test split.")] = 0.1,
    hold_out_tools: Annotated[
        str | None,
        typer.Option(help="A number of tools, or their names, that train and dev never show."),
    ] = None,
    mix: Annotated[
        str,
        typer.Option(help="general:call rows in stage 2: 1:1, 2:1, 3:1."),
    ] = "1:1",
    lessons: Annotated[
        str | None,
        typer.Option(help="Weights of lessons to one another: call=1,ask_back=0.5."),
    ] = None,
    upsample: Annotated[
        bool,
        typer.Option(help="Write rows several times to reach weights."),
    ] = False,
    max_repeat: Annotated[
        int,
        typer.Option(help="How often a row is written at most.", min=1),
    ] = 4,
    cap_per_tool: Annotated[
        int | None,
        typer.Option(help="Most rows that call one tool.", min=1),
    ] = None,
    max_reject_rate: Annotated[
        float,
        typer.Option(help="Exit 1 where more than this share of rows is rejected."),
    ] = 0.5,
    seed: SeedOpt = 42,
    workers: Annotated[
        int,
        typer.Option(help="Processes that do the work; same bytes.", min=1),
    ] = 1,
    engine: Annotated[
        str,
        typer.Option(help="local, or ray for a cluster; same bytes."),
    ] = "local",
    ray_address: Annotated[
        str | None,
        typer.Option(help="With --engine ray: a running cluster; default: one on this machine."),
    ] = None,
    page: Annotated[
        bool, typer.Option("--report/--no-report", help="Write NAME.report.html, to look at rows.")
    ] = True,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which format took which rows, and why; no more.")
    ] = False,
    json: JsonOpt = False,
    dry_run: DryRunOpt = False,
) -> None:
    """Turn raw conversations into train, dev and test files the engine can train on.

    Every row is kept, rejected with its codes, or dropped as a duplicate. Writes NAME_train,
    NAME_dev and NAME_test, NAME_general_train for stage 1 and NAME_toolcall_train for stage 2,
    registers them in dataset_info.json, and puts NAME.manifest.json, NAME.rejects.jsonl,
    NAME.rows.jsonl (where each row came from), NAME.report.html and NAME.card.md beside them.
    """
    given = SimpleNamespace(**locals())
    with starting():
        _import_numpy()
        from fctune.cli.prepare_options import options_of, reading_of
        from fctune.dataset.build import build
        from fctune.dataset.registry import make_folder

    if not 0 <= max_reject_rate <= 1:
        raise UsageFault(f"got --max-reject-rate {max_reject_rate}, expected a share from 0 to 1")
    if explain:
        explained(raw, reading_of(given), json=json)
        return
    options = options_of(given)
    if not dry_run:
        make_folder(out_dir)  # hours of reading are lost where this fails only at the end
    # Processes are forked before the bar starts its thread.
    with (
        out.progress(None, "rows") as bar,
        build(options, progress=bar.advance, beside=None if dry_run else out_dir) as dataset,
    ):
        manifest = dataset.manifest if dry_run else _written(dataset, options, page=page, json=json)
    if json or manifest.read:
        report(manifest, options, json=json, dry_run=dry_run)
    _check_rate(manifest, options, max_reject_rate, dry_run=dry_run)


def _import_numpy() -> None:
    """Import numpy without the threads of its linear algebra: no row needs any, and each waits."""
    if _THREADS in os.environ:
        return
    os.environ[_THREADS] = "1"
    try:
        import numpy  # noqa: F401
    finally:
        del os.environ[_THREADS]  # other verbs of this process, and its children, may need them


def _check_rate(
    manifest: DatasetManifest, options: BuildOptions, limit: float, *, dry_run: bool
) -> None:
    from fctune.dataset.reasons import commonest, no_rows, none_kept, reasons
    from fctune.dataset.targets import rejects_name

    if not manifest.read:
        raise no_rows(manifest)
    if manifest.kept and manifest.rejected <= limit * manifest.read:
        return
    hint = f"{commonest(manifest)}; all reasons: run it without --dry-run"
    if not manifest.kept:  # of a dry run; else nothing was written and that is told already
        raise none_kept(manifest, hint)
    if not dry_run:
        hint = reasons(manifest, options.folder / rejects_name(manifest.name))
    raise ProblemsFound(
        f"{manifest.rejected} of {amount(manifest.read, 'row')} rejected, over the limit of "
        f"{limit:.0%}",
        hint=hint,
    )


def _written(dataset: Dataset, options: BuildOptions, *, page: bool, json: bool) -> DatasetManifest:
    """Write the dataset; where no row is left, scripts still get the accounts."""
    from fctune.dataset.write import write

    try:
        return write(dataset, options.folder, report=page)
    except ProblemsFound:
        if json or dataset.manifest.read:
            report(dataset.manifest, options, json=json, dry_run=True)
        raise
