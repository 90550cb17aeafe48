"""The accounts of a dataset as `fctune prepare` prints them: a page or JSON, and warnings.

Input: a DatasetManifest and the options that made it. Output: text on stdout and stderr.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from fctune.cli.output import out

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
        _warn(manifest)
        if not dry_run:
            _next(manifest, options)


def _report_accounts(manifest: DatasetManifest, options: BuildOptions, *, dry_run: bool) -> None:
    total = manifest.read
    out.data(
        f"{total} rows read = {manifest.kept} kept + {manifest.rejected} rejected "
        f"+ {manifest.deduplicated} deduplicated; {manifest.repaired} of the kept were repaired"
    )
    if manifest.mapped_calls:
        mapped = manifest.warnings_by_code.get("call-mapped", 0)
        out.data(
            f"{manifest.mapped_calls} calls of an API in {mapped} of the kept rows were written as "
            "the model-facing tools"
        )
    sources = [
        (_shown(s.file), str(s.read), str(s.kept), str(s.rejected), str(s.deduplicated))
        for s in manifest.sources
    ]
    out.data("")
    out.table(("source", "read", "kept", "rejected", "duplicates"), sources)
    _report_codes(manifest)
    lessons = sorted({lesson for counts in manifest.lessons.values() for lesson in counts})
    rows = [
        (split, str(manifest.splits[split]), *(str(counts.get(name, 0)) for name in lessons))
        for split, counts in manifest.lessons.items()
    ]
    out.data("")
    out.table(("split", "rows", *lessons), rows)
    _report_lengths(manifest)
    if not dry_run:
        _report_files(manifest, options)


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

    for title, counts in (
        ("rejected because", manifest.rejects_by_code),
        ("repaired", manifest.repairs_by_code),
        ("noticed", manifest.warnings_by_code),
    ):
        if counts:
            out.data("")
            rows = [(str(n), code, CATALOGUE[code].meaning) for code, n in counts.items()]
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


def _warn(manifest: DatasetManifest) -> None:
    tests = manifest.warnings_by_code.get("test-set-row", 0)
    if tests:
        out.warn(
            f"{tests} of the kept rows belong to public test sets",
            hint="a model trained on them cannot be measured on those sets; else leave them out",
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
    empty = [split for split, rows in manifest.splits.items() if not rows]
    if empty:
        out.warn(
            f"no rows in {', '.join(empty)}: the largest group of shared wordings holds "
            f"{manifest.largest_group} of {sum(manifest.splits.values())} rows",
            hint="add more varied conversations, or raise --dev and --test",
        )
