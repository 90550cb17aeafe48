"""The fold: raw files to a dataset, with every row accounted for.

Input: BuildOptions. Output: a Dataset in memory: ShareGPT rows per split and stage, manifest
and rejects. `fctune.dataset.write` puts it on disk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fctune import __version__
from fctune.conversations.families import check_family, family_of
from fctune.conversations.formats.sharegpt import to_row
from fctune.conversations.turns import Conversation
from fctune.dataset.lengths import Measure, OverLong, fit, summary
from fctune.dataset.manifest import DatasetManifest, SourceCount
from fctune.dataset.mix import Mix, mix
from fctune.dataset.sources import Reading, data_files, read_file
from fctune.dataset.split import SPLITS, Shares, assign, group_keys, largest_group
from fctune.dataset.targets import refuse_targets
from fctune.dataset.tools_used import tools_used
from fctune.issues import Accepted, Issue, Rejected, Severity
from fctune.jsonl import sha256_of, shown


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What shapes a dataset.

    Attributes:
        name: prefix of files and registry entries.
        folder: where they are written; the engine's `dataset_dir`.
        sources: raw files and folders.
        reading: how rows are read.
        template: the engine template that the dataset is for; it decides how parallel results are
            joined.
        shares: shares of dev and test.
        ratio: general rows per call row in stage 2.
        seed: of split, draw and order.
        cutoff_len: the most tokens of a row; None measures nothing.
        over_long: what happens to longer rows.
    """

    name: str
    folder: Path
    sources: tuple[Path, ...]
    reading: Reading = field(default_factory=Reading)
    template: str = "qwen"
    shares: Shares = field(default_factory=Shares)
    ratio: float = 1.0
    seed: int = 42
    cutoff_len: int | None = None
    over_long: OverLong = OverLong.DROP


@dataclass
class _Ledger:
    """The running accounts of a build: private to this module, thrown away at its end."""

    kept: list[Conversation] = field(default_factory=list)
    rejects: list[Rejected] = field(default_factory=list)
    sources: list[SourceCount] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    codes: Counter[tuple[Severity, str]] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)
    repaired: int = 0
    kept_rows: int = 0
    mapped_calls: int = 0


@dataclass(frozen=True, slots=True)
class Dataset:
    """A built dataset before it is written: its manifest, its rows by file, and its rejects."""

    manifest: DatasetManifest
    rows: Mapping[str, list[dict[str, Any]]]
    rejects: tuple[Rejected, ...]


Progress = Callable[[int], None]


def build(
    options: BuildOptions, *, measure: Measure | None = None, progress: Progress | None = None
) -> Dataset:
    """Read, check, deduplicate, fit, split and mix; write nothing.

    Args:
        options: what to build.
        measure: tokens of a conversation; needed where `cutoff_len` is given.
        progress: called with the number of rows read since the last call.

    Raises:
        InputFault: a source cannot be opened.
        UsageFault: a source is a file that this build would write.
    """
    ledger = _Ledger()
    sources = data_files(options.sources)
    refuse_targets(sources, options.folder, options.name)
    for path in sources:
        _read_source(path, options, ledger, measure, progress or (lambda _: None))
    keys = group_keys(ledger.kept)
    sides = assign(keys, options.shares, seed=options.seed)
    by_split = {
        split: [row for row, side in zip(ledger.kept, sides, strict=True) if side == split]
        for split in SPLITS
    }
    mixed = mix(by_split["train"], options.ratio, seed=options.seed)
    rows = _rows_by_name(options, by_split, mixed)
    manifest = _manifest(options, ledger, by_split, mixed, largest_group(keys))
    return Dataset(manifest, rows, tuple(ledger.rejects))


def _read_source(
    path: Path, options: BuildOptions, ledger: _Ledger, measure: Measure | None, progress: Progress
) -> None:
    read = rejected = duplicates = 0
    for verdict in read_file(path, options.reading):
        read += 1
        progress(1)
        if isinstance(verdict, Rejected):
            rejected += 1
            _reject(ledger, verdict)
        elif verdict.value.id in ledger.seen:
            duplicates += 1
            ledger.codes[(Severity.WARNING, "duplicate")] += 1
        elif _keep(verdict, options, ledger, measure):
            ledger.seen.add(verdict.value.id)
        else:
            rejected += 1
    ledger.kept_rows += read - rejected - duplicates
    ledger.sources.append(
        SourceCount(
            file=shown(path),
            sha256=sha256_of(path),
            read=read,
            kept=read - rejected - duplicates,
            rejected=rejected,
            deduplicated=duplicates,
        )
    )


def _reject(ledger: _Ledger, rejected: Rejected) -> None:
    ledger.rejects.append(rejected)
    errors = {found.code for found in rejected.issues if found.severity is Severity.ERROR}
    ledger.codes.update((Severity.ERROR, code) for code in errors)


def _keep(
    verdict: Accepted[Conversation],
    options: BuildOptions,
    ledger: _Ledger,
    measure: Measure | None,
) -> bool:
    """Keep a row that fits its template and the cutoff; tell whether it was kept."""
    conversation, family = verdict.value, family_of(options.template)
    issues = list(verdict.issues)
    faults = check_family(conversation, family)
    parts: tuple[Conversation, ...] = (conversation,)
    if not faults and measure is not None and options.cutoff_len is not None:
        fitted = fit(conversation, measure, cutoff_len=options.cutoff_len, policy=options.over_long)
        if isinstance(fitted, Issue):
            faults = [fitted]
        else:
            parts = fitted.conversations
            issues += fitted.issues
            ledger.lengths.extend(fitted.lengths)
    if faults:
        row = to_row(conversation, joiner=family.joiner)
        _reject(ledger, Rejected(conversation.origin, tuple(faults), row))
        return False
    ledger.kept.extend(parts)
    codes = {(found.severity, found.code) for found in issues}
    ledger.codes.update(codes)
    ledger.repaired += any(severity is Severity.REPAIR for severity, _ in codes)
    ledger.mapped_calls += sum(found.code == "call-mapped" for found in issues)
    return True


def _rows_by_name(
    options: BuildOptions, by_split: Mapping[str, list[Conversation]], mixed: Mix
) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every file; a file without rows is left out, as the engine fails on it."""
    joiner = family_of(options.template).joiner
    parts: dict[str, list[Conversation]] = {
        f"{options.name}_{split}": list(rows) for split, rows in by_split.items()
    }
    parts[f"{options.name}_general_train"] = list(mixed.general)
    parts[f"{options.name}_toolcall_train"] = list(mixed.toolcall)
    return {
        name: [to_row(conversation, joiner=joiner) for conversation in rows]
        for name, rows in parts.items()
        if rows
    }


def _manifest(
    options: BuildOptions,
    ledger: _Ledger,
    by_split: Mapping[str, list[Conversation]],
    mixed: Mix,
    largest: int,
) -> DatasetManifest:
    lessons = {
        split: dict(sorted(Counter(row.lesson.value for row in rows).items()))
        for split, rows in by_split.items()
    }
    calls = Counter(call.name for row in ledger.kept for call in row.calls)
    return DatasetManifest(
        name=options.name,
        fctune_version=__version__,
        read=sum(source.read for source in ledger.sources),
        kept=ledger.kept_rows,
        rejected=len(ledger.rejects),
        deduplicated=sum(source.deduplicated for source in ledger.sources),
        repaired=ledger.repaired,
        rows_added_by_windows=len(ledger.kept) - ledger.kept_rows,
        splits={split: len(rows) for split, rows in by_split.items()},
        lessons=lessons,
        rejects_by_code=_by_code(ledger, Severity.ERROR),
        repairs_by_code=_by_code(ledger, Severity.REPAIR),
        warnings_by_code=_by_code(ledger, Severity.WARNING),
        mix={
            "asked": mixed.asked,
            "reached": round(mixed.reached, 4),
            "general_rows": len(mixed.general),
            "toolcall_rows": len(mixed.toolcall),
        },
        lengths={**summary(ledger.lengths), "cutoff_len": options.cutoff_len}
        if ledger.lengths
        else None,
        largest_group=largest,
        tools=dict(sorted(calls.items())),
        catalog=tools_used(ledger.kept, by_split["train"]),
        settings=_settings(options),
        sources=tuple(ledger.sources),
        files={},
        mapped_calls=ledger.mapped_calls,
    )


def _by_code(ledger: _Ledger, severity: Severity) -> dict[str, int]:
    """Return rows per code of one severity, sorted by code."""
    return dict(sorted((code, n) for (level, code), n in ledger.codes.items() if level is severity))


def _settings(options: BuildOptions) -> dict[str, Any]:
    tools, mapping = options.reading.tools, options.reading.mapping
    return {
        "template": options.template,
        "format": options.reading.format or "auto",
        "system": options.reading.system,
        "tools_fingerprint": tools.fingerprint if tools else None,
        "mapping_fingerprint": mapping.fingerprint if mapping else None,
        "dev": options.shares.dev,
        "test": options.shares.test,
        "seed": options.seed,
        "cutoff_len": options.cutoff_len,
        "over_long": options.over_long.value,
    }
