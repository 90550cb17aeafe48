"""`fctune prepare`: raw conversations and tools to a registered dataset."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fctune.cli.accounts import report
from fctune.cli.explained import explained
from fctune.cli.mapped import read_mapping
from fctune.cli.options import DryRunOpt, JsonOpt, MappingOpt, SeedOpt
from fctune.cli.output import out
from fctune.errors import InputFault, ProblemsFound, UsageFault

if TYPE_CHECKING:
    from fctune.dataset.build import BuildOptions, Dataset
    from fctune.dataset.lengths import Measure
    from fctune.dataset.manifest import DatasetManifest
    from fctune.dataset.sources import Reading
    from fctune.tools.spec import ToolCatalog

NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]*\Z")


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
    tools: Annotated[
        Path | None, typer.Option(help="Tools of rows that bring none, JSON or YAML.")
    ] = None,
    tell_examples: Annotated[
        int, typer.Option(help="Examples of --tools to tell in each description.", min=0)
    ] = 0,
    mapping: MappingOpt = None,
    format: Annotated[
        str | None, typer.Option(help="Raw format; default: detected row by row.")
    ] = None,
    system: Annotated[str | None, typer.Option(help="System text of rows that have none.")] = None,
    template: Annotated[str, typer.Option(help="Engine template the dataset is for.")] = "qwen",
    model: Annotated[
        str | None, typer.Option(help="Model folder or id, to measure lengths in its tokens.")
    ] = None,
    cutoff_len: Annotated[
        int, typer.Option(help="Most tokens of a row; needs --model.", min=16)
    ] = 2048,
    over_long: Annotated[
        str, typer.Option(help="Longer rows: drop them, or window them between exchanges.")
    ] = "drop",
    mix: Annotated[str, typer.Option(help="general:call rows in stage 2: 1:1, 2:1, 3:1.")] = "1:1",
    dev: Annotated[float, typer.Option(help="Share of the dev split.")] = 0.05,
    test: Annotated[float, typer.Option(help="Share of the test split.")] = 0.1,
    max_reject_rate: Annotated[
        float, typer.Option(help="Exit 1 where more than this share of rows is rejected.")
    ] = 0.5,
    seed: SeedOpt = 42,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which format took which rows, and why; no more.")
    ] = False,
    json: JsonOpt = False,
    dry_run: DryRunOpt = False,
) -> None:
    """Turn raw conversations into train, dev and test files the engine can train on.

    Every row is kept, rejected with its codes, or dropped as a duplicate. Writes NAME_train,
    NAME_dev and NAME_test, NAME_general_train for stage 1 and NAME_toolcall_train for stage 2,
    registers them in dataset_info.json, and puts NAME.manifest.json and NAME.rejects.jsonl
    beside them.
    """
    from fctune.dataset.build import BuildOptions, build
    from fctune.dataset.lengths import OverLong
    from fctune.dataset.mix import parse_ratio
    from fctune.dataset.registry import make_folder
    from fctune.dataset.split import Shares
    from fctune.dataset.write import write

    if not 0 <= max_reject_rate <= 1:
        raise UsageFault(f"got --max-reject-rate {max_reject_rate}, expected a share from 0 to 1")
    _check_over_long(over_long, measured=model is not None)
    _check_template(template)
    reading = _reading(tools, mapping, tell_examples=tell_examples, format=format, system=system)
    if explain:
        explained(raw, reading, json=json)
        return
    options = BuildOptions(
        name=_name(name, raw),
        folder=out_dir,
        sources=tuple(raw),
        reading=reading,
        template=template,
        shares=Shares(dev=dev, test=test),
        ratio=parse_ratio(mix),
        seed=seed,
        cutoff_len=cutoff_len if model else None,
        over_long=OverLong(over_long),
    )
    if not dry_run:
        make_folder(out_dir)  # hours of reading are lost where this fails only at the end
    measure = _measure(model, options)
    with out.progress(None, "rows") as bar:
        dataset = build(options, measure=measure, progress=bar.advance)
    manifest = dataset.manifest if dry_run else _written(dataset, options, write, json=json)
    report(manifest, options, json=json, dry_run=dry_run)
    _check_rate(manifest, options, max_reject_rate, dry_run=dry_run)


def _check_over_long(over_long: str, *, measured: bool) -> None:
    from fctune.dataset.lengths import OverLong

    if over_long not in {policy.value for policy in OverLong}:
        raise UsageFault(f"got --over-long {over_long!r}, expected drop or window")
    if over_long == OverLong.WINDOW.value and not measured:
        raise UsageFault(
            "got --over-long window without --model, so that no length is known",
            hint="add --model, a folder or id, whose tokens are counted",
        )


def _check_template(template: str) -> None:
    from fctune.engine.arguments import engine_templates, nearest

    known = engine_templates()
    if template not in known:
        like = nearest(template, known)
        raise UsageFault(
            f"got --template {template!r}, expected one of the engine's {len(known)} templates",
            hint=f"--template {like or 'qwen'}",
        )


def _check_rate(
    manifest: DatasetManifest, options: BuildOptions, limit: float, *, dry_run: bool
) -> None:
    if manifest.rejected <= limit * manifest.read:
        return
    rejects = options.folder / f"{manifest.name}.rejects.jsonl"
    reasons = f"read the reasons in {rejects}"
    raise ProblemsFound(
        f"{manifest.rejected} of {manifest.read} rows rejected, over the limit of {limit:.0%}",
        hint="run again without --dry-run, then " + reasons if dry_run else reasons,
    )


def _written(dataset: Dataset, options: BuildOptions, write: Any, *, json: bool) -> DatasetManifest:
    """Write the dataset; where no row is left, scripts still get the accounts."""
    try:
        manifest: DatasetManifest = write(dataset, options.folder)
    except ProblemsFound:
        report(dataset.manifest, options, json=json, dry_run=True)
        raise
    return manifest


def _name(name: str | None, raw: list[Path]) -> str:
    derived = re.sub(r"[^A-Za-z0-9_-]+", "_", _stem(raw[0])).lstrip("_-") or "dataset"
    wanted = name if name is not None else derived
    if not NAME.match(wanted):
        raise UsageFault(
            f"got dataset name {wanted!r}, expected letters, digits, _ and -, as the engine "
            "splits names at commas",
            hint="--name shop",
        )
    return wanted


def _stem(path: Path) -> str:
    return path.resolve().name.split(".")[0]


def _format(name: str | None) -> str | None:
    from fctune.conversations.formats import FORMATS

    known = [known.name for known in FORMATS]
    if name is not None and name not in known:
        raise UsageFault(f"got --format {name!r}, expected one of {', '.join(known)}")
    return name


def _reading(
    tools: Path | None,
    mapping: Path | None,
    *,
    tell_examples: int,
    format: str | None,
    system: str | None,
) -> Reading:
    """Return how rows are read: with which tools, and on whose side their calls are."""
    from dataclasses import replace

    from fctune.dataset.sources import Reading
    from fctune.tools.describe import told

    reading = Reading(format=_format(format))
    if system is not None:
        reading = replace(reading, system=system)
    catalog = _catalog(tools)
    mapped = read_mapping(mapping, tools=tools, catalog=catalog)
    if mapped is not None:
        mapped = replace(mapped, catalog=told(mapped.catalog, examples=tell_examples))
        if catalog is None and mapped.catalog.specs:
            return replace(reading, tools=mapped.catalog, mapping=mapped)
    if catalog is not None:
        catalog = told(catalog, examples=tell_examples)
    return replace(reading, tools=catalog, mapping=mapped)


def _catalog(path: Path | None) -> ToolCatalog | None:
    from fctune.issues import Severity
    from fctune.jsonl import read_document
    from fctune.tools.imports.shapes import is_catalogue
    from fctune.tools.read import load_catalog

    if path is None:
        return None
    if not is_catalogue(read_document(path)):
        raise InputFault(
            "got a description of tools that is no catalogue yet",
            where=str(path),
            hint=f"fctune tools import {path} --out tools.yaml, then --tools tools.yaml",
        )
    catalog, issues = load_catalog(path)
    for found in issues:
        if found.severity is not Severity.WARNING:
            out.issue(found, str(path))
    return catalog


def _measure(model: str | None, options: BuildOptions) -> Measure | None:
    if model is None:
        out.note("lengths: not measured; give --model to drop rows longer than the cutoff")
        return None
    from fctune.conversations.families import family_of
    from fctune.conversations.formats.sharegpt import to_row
    from fctune.engine.templates import EngineTemplate

    template = EngineTemplate.load(model, options.template)
    joiner = family_of(options.template).joiner
    return lambda conversation: template.row_length(to_row(conversation, joiner=joiner))
