"""`fctune variants`: a split's cases and their variants as rows that any backend can be asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fctune.cli.mapped import read_mapping
from fctune.cli.options import JsonOpt, MappingOpt, SeedOpt
from fctune.cli.output import out
from fctune.cli.tool_file import ToolsOpt, read_tools
from fctune.cli.writable import check_file
from fctune.dataset.amounts import amount


def command(
    data: Annotated[
        Path,
        typer.Argument(help="Held-out split, such as data/shop_test.jsonl.", show_default=False),
    ],
    out_file: Annotated[
        Path, typer.Option("--out", help="JSON Lines file to write.", show_default=False)
    ],
    variants: Annotated[
        str, typer.Option(help="Which variants: all, or names with commas between.")
    ] = "all",
    template: Annotated[
        str, typer.Option(help="Engine template, which says how parallel results are joined.")
    ] = "qwen",
    max_cases: Annotated[
        int | None,
        typer.Option(help="Only so many cases, drawn by --seed, half of them with calls.", min=1),
    ] = None,
    tools: ToolsOpt = None,
    mapping: MappingOpt = None,
    seed: SeedOpt = 42,
    json: JsonOpt = False,
) -> None:
    """Write the cases of a split and their variants, to be asked by hand or by another tool.

    Each row holds messages and tools as OpenAI has them, and the gold answer. Put what the model
    said under `prediction` and run `fctune score` on the file.
    """
    check_file(out_file, "--out", (data, tools, mapping))
    from fctune.evaluation.cases.case_set import read_cases
    from fctune.evaluation.decode import decoder_for
    from fctune.evaluation.robustness import chosen
    from fctune.evaluation.robustness.make import with_variants
    from fctune.evaluation.robustness.rows import variant_rows
    from fctune.jsonl import write_rows

    names = chosen(variants)
    decoder_for(template)  # refuses what the engine does not have
    catalog = read_tools(tools)
    mapped = read_mapping(mapping, tools=tools, catalog=catalog)
    case_set = read_cases(data, template=template, mapping=mapped, tools=catalog)
    if max_cases is not None:
        case_set = case_set.sample(max_cases, seed)
    whole, counts = with_variants(case_set, names, seed=seed)
    written = write_rows(out_file, variant_rows(whole.cases))
    if json:
        out.json({"out": str(out_file), "rows": written, "cases": len(case_set.cases), **counts})
        return
    out.table(("variant", "cases"), [(name, str(count)) for name, count in counts.items()])
    out.note(
        f"{amount(written, 'row')} = {amount(len(case_set.cases), 'case')} + "
        f"{amount(written - len(case_set.cases), 'variant')} "
        f"in {out_file}"
    )
