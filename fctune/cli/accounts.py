"""The accounts of a dataset as `fctune prepare` prints them: a page or JSON, and warnings.

Input: a DatasetManifest and the options that made it. Output: text on stdout and stderr.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from fctune.cli.output import out
from fctune.dataset.amounts import amount

_FILES = 5
_MANY_LONG = 0.1  # of the kept rows
_LARGE_GROUP = 0.1  # of all rows: one this large decides alone where a split gets its rows

if TYPE_CHECKING:
    from fctune.dataset.build import BuildOptions
    from fctune.dataset.manifest import DatasetManifest


def summary(manifest: DatasetManifest) -> dict[str, Any]:
    """Return the accounts that scripts rely on: the one object of `prepare --json`."""
    return {
        "name": manifest.name,
        "read": manifest.read,
        "kept": manifest.kept,
        "rejected": manifest.rejected,
        "deduplicated": manifest.deduplicated,
        "repaired": manifest.repaired,
        "mapped_calls": manifest.mapped_calls,
        "splits": dict(manifest.splits),
        "rejects_by_code": dict(manifest.rejects_by_code),
        "repairs_by_code": dict(manifest.repairs_by_code),
        "warnings_by_code": dict(manifest.warnings_by_code),
        "lessons": {split: dict(counts) for split, counts in manifest.lessons.items()},
        "mix": dict(manifest.mix),
        "lengths": dict(manifest.lengths) if manifest.lengths else None,
        "warnings": list(manifest.audit.get("warnings", ())),
        "files": {name: written.file for name, written in manifest.files.items()},
    }


def report(manifest: DatasetManifest, options: BuildOptions, *, json: bool, dry_run: bool) -> None:
    """Print the accounts to stdout, as a page or as one JSON object, and warnings to stderr."""
    if json:
        out.json(summary(manifest))
    else:
        _report_accounts(manifest, options, dry_run=dry_run)
    if manifest.kept:
        _warn(manifest, options)
        if not dry_run:
            _next(manifest, options)


def _report_accounts(manifest: DatasetManifest, options: BuildOptions, *, dry_run: bool) -> None:
    out.data(_first_line(manifest))
    if manifest.mapped_calls:
        mapped = manifest.warnings_by_code.get("call-mapped", 0)
        calls = amount(manifest.mapped_calls, "call of an API", "calls of an API")
        were = "was" if manifest.mapped_calls == 1 else "were"
        out.data(f"{calls} in {mapped} of the kept rows {were} written as the model-facing tools")
    sources = [
        (_shown(s.file), str(s.read), str(s.kept), str(s.rejected), str(s.deduplicated))
        for s in manifest.sources
    ]
    out.data("")
    out.table(("source", "read", "kept", "rejected", "duplicates"), sources)
    _report_codes(manifest)
    if not manifest.kept:
        return  # there is nothing to split, to measure or to write
    _report_splits(manifest)
    _report_lengths(manifest)
    if not dry_run:
        _report_files(manifest, options)


def _first_line(manifest: DatasetManifest) -> str:
    """Return where every row went, and how many were repaired where any was kept."""
    went = (
        f"{amount(manifest.read, 'row')} read = {manifest.kept} kept "
        f"+ {manifest.rejected} rejected + {manifest.deduplicated} deduplicated"
    )
    repaired = amount(manifest.repaired, "of the kept was", "of the kept were")
    return f"{went}; {repaired} repaired" if manifest.kept else went


def _report_splits(manifest: DatasetManifest) -> None:
    lessons = sorted({lesson for counts in manifest.lessons.values() for lesson in counts})
    rows = [
        (split, str(manifest.splits[split]), *(str(counts.get(name, 0)) for name in lessons))
        for split, counts in manifest.lessons.items()
    ]
    out.data("")
    out.table(("split", "rows", *lessons), rows)


def _report_files(manifest: DatasetManifest, options: BuildOptions) -> None:
    out.data("")
    out.table(
        ("dataset", "rows", "file"),
        [(n, str(f.rows), str(options.folder / f.file)) for n, f in manifest.files.items()],
    )
    out.note(f"manifest: {options.folder / (manifest.name + '.manifest.json')}")
    note = options.folder / (manifest.name + ".card.md")
    out.note(f"card: {note}")
    page = options.folder / (manifest.name + ".report.html")
    if page.exists():
        out.note(f"report: {page}")
    if manifest.rejected:
        out.note(f"rejects: {options.folder / (manifest.name + '.rejects.jsonl')}")


def _next(manifest: DatasetManifest, options: BuildOptions) -> None:
    """Name the commands that show rows with a mark, and those that were refused."""
    told = [code for code in manifest.warnings_by_code if code not in ("duplicate", "trace-prefix")]
    shown = options.folder / f"{manifest.name}.manifest.json"
    look = f" --code {told[0]}" if told else " --sample 3"
    out.note(f"look at rows: fctune inspect {shlex.quote(str(shown))}{look}")
    if manifest.rejected:
        refused = f"fctune inspect {shlex.quote(str(shown))} --rejected --limit 5"
        out.note(f"see what was refused: {refused}")


def _report_codes(manifest: DatasetManifest) -> None:
    from fctune.catalogue import CATALOGUE
    from fctune.dataset.reasons import by_rows

    for title, counts in (
        ("rejected because", manifest.rejects_by_code),
        ("repaired", manifest.repairs_by_code),
        ("noticed", manifest.warnings_by_code),
    ):
        if counts:
            out.data("")
            rows = [(str(n), code, CATALOGUE[code].meaning) for code, n in by_rows(counts)]
            out.table(("rows", "code", "meaning"), rows, title=title)


def _report_lengths(manifest: DatasetManifest) -> None:
    if manifest.lengths:
        shown = manifest.lengths
        how = ", by estimate (--model counts them)" if shown.get("counted") == "estimate" else ""
        out.data(
            f"\ntokens per row{how}: median {shown['p50']}, 95 % {shown['p95']}, "
            f"max {shown['max']}; cutoff {shown['cutoff_len']}"
        )


def _shown(name: str) -> str:
    """Return a file name as text that can be printed, whatever bytes it is made of."""
    return name.encode("utf-8", errors="backslashreplace").decode()


def _warn(manifest: DatasetManifest, options: BuildOptions) -> None:
    _warn_of_lost_files(manifest)
    tests = manifest.warnings_by_code.get("test-set-row", 0)
    if tests:
        belong = amount(tests, "of the kept rows belongs", "of the kept rows belong")
        out.warn(
            f"{belong} to public test sets",
            hint="a model trained on them cannot be measured on those sets; else leave them out",
        )
    long = manifest.warnings_by_code.get("row-maybe-too-long", 0)
    if long > _MANY_LONG * manifest.kept:
        out.warn(
            f"{long} of {amount(manifest.kept, 'kept row')} may be over the cutoff of "
            f"{options.cutoff_len} tokens, where the engine cuts them",
            hint="--tool-tokens N or --max-tools N lists fewer tools in a row; --cutoff-len N "
            "allows longer rows; --model counts their tokens",
        )
    for found in manifest.audit.get("warnings", ()):
        out.warn(f"{found['where']}: {found['message']} [{found['code']}]", hint=found["hint"])
    if not manifest.mix["toolcall_rows"]:
        out.warn(
            f"no row in train has a call: {manifest.name}_toolcall_train is not written",
            hint="add conversations with calls; without them stage 2 has nothing to learn from",
        )
    if manifest.mix["reached"] < manifest.mix["asked"] and manifest.mix["toolcall_rows"]:
        out.warn(
            f"stage 2 has {manifest.mix['reached']:.2f} general rows per call row, "
            f"{manifest.mix['asked']:g} were asked for",
            hint="add general conversations to the raw files",
        )
    _warn_of_empty(manifest, options)


def _warn_of_lost_files(manifest: DatasetManifest) -> None:
    """Name the raw files of which every row was rejected: among many such a loss is not seen."""
    lost = [one.file for one in manifest.sources if one.rejected and one.rejected == one.read]
    if lost:
        names = ", ".join(map(_shown, lost[:_FILES]))
        more = f", and {len(lost) - _FILES} more" if len(lost) > _FILES else ""
        out.warn(
            f"all rows of {amount(len(lost), 'file')} were rejected: {names}{more}",
            hint=f"fctune prepare {shlex.quote(_shown(lost[0]))} --explain",
        )


def _warn_of_empty(manifest: DatasetManifest, options: BuildOptions) -> None:
    """Name the splits that were asked for and got no row, and what may have taken the rows."""
    asked = {"dev": options.shares.dev, "test": options.shares.test}
    empty = [split for split, rows in manifest.splits.items() if not rows and asked.get(split, 1)]
    if not empty:
        return
    total, largest = sum(manifest.splits.values()), manifest.largest_group
    if largest > max(1, _LARGE_GROUP * total):
        out.warn(
            f"no rows in {', '.join(empty)}: the largest group of shared wordings holds "
            f"{largest} of {amount(total, 'row')}",
            hint="add more varied conversations, or raise --dev and --test",
        )
        return
    shares = ", ".join(f"{split} {asked[split]:.0%}" for split in empty if split in asked)
    out.warn(
        f"no rows in {', '.join(empty)}: the draw of so small a share"
        f"{f' ({shares})' if shares else ''} from {amount(total, 'row')} came out at none",
        hint="add conversations, raise --dev and --test, or draw again with another --seed",
    )
