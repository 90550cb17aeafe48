"""Holds estimated lengths against the engine's own, for real tokenizers.

Role: the figures of `fctune.dataset.estimates` and its margin are a table that this command makes.
Input: folders of raw files, and models (folders with a tokenizer) with their templates. Output:
Markdown.
Command: python scripts/bench/lengths.py ../shared/data/raw data/raw --model qwen3=DIR:qwen3_nothink
    --model llama3.1=DIR:llama3 --model gemma3=DIR:gemma --out docs/benchmarks/lengths.md
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import orjson

from fctune.conversations.families import check_family, family_of
from fctune.conversations.formats.sharegpt import to_row
from fctune.conversations.turns import Conversation
from fctune.dataset import estimates
from fctune.dataset.estimates import MARGIN, estimate
from fctune.dataset.sources import Reading, data_files, read_file
from fctune.engine.templates import EngineTemplate
from fctune.errors import FctuneError
from fctune.issues import Accepted
from fctune.jsonl import write_text
from fctune.tools.read import load_catalog

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "data" / "tools" / "ecommerce.yaml"
PER_FILE = 400
FEW = 20
LONG = 400
ABOUT = (
    "# Estimated lengths",
    "",
    "Made by:",
    "",
    "```bash",
    "python scripts/bench/lengths.py ../shared/data/raw data/raw \\",
    "    --out docs/benchmarks/lengths.md \\",
    "    --model qwen3=DIR:qwen3_nothink --model llama3.1=DIR:llama3 --model gemma3=DIR:gemma",
    "```",
    "",
    "`DIR` is a folder with the tokenizer of that model.",
    "",
    "`fctune.dataset.estimates` against what the engine trains: estimate divided by the tokens of",
    f"the row in the engine's template. Up to {PER_FILE} rows of a file, each conversation once.",
    "1.00 is exact, 1.10 is a tenth too many. Templates of the default tool format (Gemma) write",
    "tools in prose that is shorter than their JSON, so that estimates are too high there.",
)


def conversations(folders: Sequence[Path]) -> dict[str, list[Conversation]]:
    """Return the accepted rows of each sample folder, each conversation once."""
    tools, _ = load_catalog(TOOLS)
    found: dict[str, list[Conversation]] = {}
    seen: set[str] = set()
    for folder in (sample for given in folders for sample in sorted(given.iterdir())):
        try:
            files = data_files([folder])
        except FctuneError:
            continue  # lists of tools, without rows
        for file in files:
            rows = (row.value for row in read_file(file, Reading(tools=tools)) if
                    isinstance(row, Accepted))  # fmt: skip
            try:
                for row, _ in zip(rows, range(PER_FILE), strict=False):
                    if row.id not in seen:
                        seen.add(row.id)
                        found.setdefault(folder.name, []).append(row)
            except FctuneError:
                continue
    return found


def ratios(rows: Sequence[Conversation], template: EngineTemplate) -> list[tuple[float, int]]:
    """Return estimate / tokens and the tokens of each row that the template can write."""
    family = family_of(template.name)
    found = []
    for row in rows:
        if not check_family(row, family):
            written = to_row(row, joiner=family.joiner)
            tokens = template.row_length(written)
            tools = written.pop("tools")
            found.append((estimate(orjson.dumps(written)[:-1], tools) / tokens, tokens))
    return found


def line(name: str, found: Sequence[tuple[float, int]]) -> str:
    """Return one row of the table."""
    each = np.array([ratio for ratio, _ in found])
    low, median, high = np.percentile(each, [5, 50, 95])
    error = np.abs(each - 1).mean()
    return f"| {name} | {len(each)} | {low:.2f} | {median:.2f} | {high:.2f} | {error:.1%} |"


def table(name: str, samples: dict[str, list[Conversation]], template: EngineTemplate) -> list[str]:
    """Return the table of one model, with the line of all rows and that of the long ones."""
    parts = {sample: ratios(rows, template) for sample, rows in samples.items()}
    every = [ratio for found in parts.values() for ratio in found]
    longer = [ratio for ratio in every if ratio[1] >= LONG]
    beyond = np.mean([ratio * (1 + MARGIN) < 1 for ratio, _ in longer])
    return [
        "",
        f"## {name}, template `{template.name}`",
        "",
        "| rows | n | 5 % | median | 95 % | mean error |",
        "|---|---|---|---|---|---|",
        line("all", every),
        line(f"{LONG} tokens and more", longer),
        *(line(sample, found) for sample, found in parts.items() if len(found) >= FEW),
        "",
        f"Of the rows of {LONG} tokens and more, {beyond:.1%} are longer than the estimate and its"
        f" margin of {MARGIN:.0%}.",
    ]


def speed(samples: dict[str, list[Conversation]]) -> str:
    """Return what an estimate costs where the rows share their tools."""
    joiner = family_of("qwen").joiner
    rows = [to_row(row, joiner=joiner) for found in samples.values() for row in found]
    told = [(row.pop("tools"), row) for row in rows]
    heads = [(orjson.dumps(row)[:-1], tools) for tools, row in told]
    shared = max({tools for tools, _ in told}, key=len)
    best = []
    for pairs in (heads, [(head, shared) for head, _ in heads]):
        taken = []
        for _ in range(7):
            if pairs is heads:
                estimates._tools.cache_clear()  # else the second round finds every list
            start = time.process_time()
            for head, tools in pairs:
                estimate(head, tools)
            taken.append(time.process_time() - start)
        best.append(min(taken) / len(pairs) * 1e6)
    return (
        f"An estimate takes {best[1]:.1f} us of one core a row where the rows share their tools,"
        f" and {best[0]:.1f} us where each list is met for the first time."
    )


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("raw", nargs="+", type=Path)
    parser.add_argument("--model", action="append", required=True, help="NAME=FOLDER:TEMPLATE")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    samples = conversations(given.raw)
    lines = [*ABOUT, "", speed(samples)]
    for model in given.model:
        name, _, place = model.partition("=")
        folder, _, template = place.rpartition(":")
        lines += table(name, samples, EngineTemplate.load(folder, template))
    text = "\n".join(lines) + "\n"
    if given.out:
        write_text(given.out, text)
    else:
        print(text)


if __name__ == "__main__":
    main()
