"""`fctune tools check`: is every tool lawful, clear and safe for the chosen template?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fctune.cli.options import DryRunOpt, JsonOpt
from fctune.cli.output import out
from fctune.cli.writable import check_file
from fctune.errors import ProblemsFound, UsageFault

if TYPE_CHECKING:
    from fctune.issues import Issue
    from fctune.tools.lint.report import Opened, Report
    from fctune.tools.size import Sizes


def command(
    file: Annotated[
        Path,
        typer.Argument(
            help="Tools: a catalogue, or anything that `fctune tools import` reads from a file.",
            show_default=False,
        ),
    ],
    template: Annotated[
        str | None, typer.Option(help="Engine template, to look for its hazards.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Model folder or id, to count tokens; needs --template.")
    ] = None,
    cutoff_len: Annotated[
        int | None, typer.Option(help="Longest row in tokens: do the tools fit?", min=16)
    ] = None,
    room: Annotated[
        int | None,
        typer.Option(
            help="Tokens of --cutoff-len to leave for the conversation; default: a quarter.", min=0
        ),
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Write the lawful repairs back to FILE, or to --out.")
    ] = False,
    require_all: Annotated[
        bool,
        typer.Option(
            "--require-all",
            help="With --fix: where a tool tells no required parameter, require all that have no "
            "default and are not told to be optional.",
        ),
    ] = False,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="With --fix: write there instead.")
    ] = None,
    dry_run: DryRunOpt = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 on warnings too, not on errors alone.")
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="List every finding and every tool, fold nothing.")
    ] = False,
    json: JsonOpt = False,
) -> None:
    """Check tools: lawful schema, names, descriptions, values, size, hazards of a template.

    Exits 1 where a tool cannot be used or called as it is. Repairs made while reading and warnings
    do not fail the check; --strict makes warnings fail it.
    """
    from fctune.cli.tools_check_text import document, print_fixes, print_report
    from fctune.tools.lint.report import open_tools

    if not fix and (require_all or out_file or dry_run):
        raise UsageFault("--require-all, --out and --dry-run belong to --fix", hint="add --fix")
    if room is not None and (cutoff_len is None or room >= cutoff_len):
        raise UsageFault(f"got --room {room}, expected less than --cutoff-len")
    template = _known_template(template, model)
    opened = open_tools(file)
    made: list[Issue] = []
    if fix:
        opened, made = _fix(opened, file, out_file, require_all=require_all, dry_run=dry_run)
    sizes = _sizes(opened, template, model)
    report = _report(opened, template, sizes, cutoff_len, room)
    if json:
        out.json(document(file, template, report, made))
    else:
        print_fixes(made, out_file or file, dry_run=dry_run, asked=fix)
        print_report(file, report, every=every)
    _judge(file, report, strict=strict)


def _known_template(template: str | None, model: str | None) -> str | None:
    """Return the template, or that of a trained checkpoint; refuse one that the engine lacks."""
    from fctune.engine.tool_formats import tool_format_of
    from fctune.evaluation.local.template_of import template_of

    if template is None and model is not None:
        template = template_of(Path(model)) if Path(model).is_dir() else None
        if template is None:
            raise UsageFault(
                "--model without --template: tokens are counted in a template's prompt",
                hint="add --template, for example --template qwen",
            )
    if template is not None:
        tool_format_of(template)
    return template


def _sizes(opened: Opened, template: str | None, model: str | None) -> Sizes:
    from fctune.tools.size import estimated

    if model is None or template is None:
        return estimated(opened.catalog.specs)
    from fctune.engine.templates import EngineTemplate
    from fctune.engine.tool_tokens import counted

    return counted(EngineTemplate.load(model, template), opened.catalog.specs)


def _report(
    opened: Opened, template: str | None, sizes: Sizes, cutoff_len: int | None, room: int | None
) -> Report:
    from fctune.engine.hazards import hazards
    from fctune.tools.lint.judge import check_fit, lint_catalog
    from fctune.tools.lint.report import report_of
    from fctune.tools.size import fit

    found = lint_catalog(opened.catalog, opened.places)
    if template is not None:
        found += hazards(opened.catalog, template, opened.places)
    room_left = None if cutoff_len is None else fit(sizes, cutoff_len, room)
    if room_left is not None:
        found += check_fit(sizes, room_left)
    return report_of(opened, found, sizes, room_left)


def _fix(
    opened: Opened, file: Path, out_file: Path | None, *, require_all: bool, dry_run: bool
) -> tuple[Opened, list[Issue]]:
    """Make the repairs and write them, where there are any or another file is asked for."""
    from fctune.tools.lint.fix_write import check_target, write_fixed

    target = out_file or file
    fixed, made = opened.fixed(require_all=require_all)
    if out_file is not None:
        check_file(out_file, "--out")
    if (made or out_file is not None) and not dry_run:
        check_target(opened, file, target)
        write_fixed(fixed, target)
    return fixed, made


def _judge(file: Path, report: Report, *, strict: bool) -> None:
    """End with exit code 1 where the check fails."""
    from fctune.issues import Severity

    levels = [Severity.ERROR, Severity.WARNING] if strict else [Severity.ERROR]
    grave = [found for found in report.findings if found.severity in levels]
    if grave:
        counts = " and ".join(
            f"{count} {level.value}{'s' if count > 1 else ''}"
            for level in levels
            if (count := report.count(level))
        )
        raise ProblemsFound(counts, where=str(file), hint=grave[0].hint)
