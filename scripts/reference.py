"""Writes docs/reference/ from the code: issue codes, command line, recipe keys, raw formats.

Run: python scripts/reference.py            writes the pages
     python scripts/reference.py --check    exits 1 where a page is stale, and writes nothing
"""

from __future__ import annotations

import argparse
import inspect
import os
import subprocess
import sys
from pathlib import Path

from fctune.catalogue import CATALOGUE, Severity
from fctune.conversations.formats import FORMATS
from fctune.recipe import presets
from fctune.recipe.prepare import PREPARE_KEYS
from fctune.recipe.spec import OWN_KEYS

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
VERBS = (
    "", "tools check", "tools import", "tools confusions", "tools docs", "tools diff",
    "tools grammar", "tools registry", "tools registry add", "tools registry remove",
    "tools registry list", "tools registry history", "tools registry show",
    "tools registry export", "tools registry record", "prepare", "inspect", "train", "eval",
    "variants", "score", "compare", "doctor", "quickstart",
)  # fmt: skip
MADE = "<!-- written by scripts/reference.py; change the code, then run `make docs` -->\n"


def issues_page() -> str:
    """Return the catalogue of issue codes as a page, grouped by severity."""
    parts = [f"# Issue codes\n\n{MADE}"]
    titles = {
        Severity.ERROR: "Errors: the row or tool cannot be used",
        Severity.REPAIR: "Repairs: the row is kept, with a change that is named",
        Severity.WARNING: "Warnings: nothing is changed",
    }
    for severity, title in titles.items():
        parts.append(
            f"\n## {title}\n\n| code | meaning | example | what to do |\n|---|---|---|---|\n"
        )
        for code, entry in sorted(CATALOGUE.items()):
            if entry.severity is severity:
                cells = (f"`{code}`", entry.meaning, f"`{entry.example}`", entry.hint)
                parts.append("| " + " | ".join(_cell(cell) for cell in cells) + " |\n")
    return "".join(parts)


def cli_page() -> str:
    """Return the help of every verb as a page."""
    parts = [f"# Command line\n\n{MADE}"]
    for verb in VERBS:
        command = f"fctune {verb}".strip()
        parts.append(f"\n## `{command}`\n\n```text\n{_help(verb)}\n```\n")
    return "".join(parts)


def recipe_page() -> str:
    """Return the keys of ours and the presets as a page."""
    parts = [
        f"# Recipes\n\n{MADE}\nA recipe holds the engine's own keys, unchanged in name and meaning,"
        " and these of ours. `fctune train --dry-run` shows what the engine gets.\n",
        "\n| key | level | takes | meaning |\n|---|---|---|---|\n",
    ]
    for name, key in OWN_KEYS.items():
        parts.append(f"| `{name}` | {key.level} | {_cell(key.expected)} | {_cell(key.meaning)} |\n")
    parts.append(
        "\n## The prepare block\n\nIt holds options of `fctune prepare` under their names with `_`"
        " for `-`; `fctune prepare RAW --recipe FILE` takes them, and options on the command line"
        " win. Template, cutoff_len and the folder of the data are those of the stages.\n\n"
        "| key | takes | meaning |\n|---|---|---|\n"
    )
    for name, option in PREPARE_KEYS.items():
        parts.append(f"| `{name}` | {_cell(option.expected)} | {_cell(option.meaning)} |\n")
    parts.append(f"\n## Presets\n\n```text\n{inspect.getdoc(presets)}\n```\n")
    for name, stages in presets.PRESETS.items():
        parts.append(f"\n### `{name}`\n\n| stage | key | value |\n|---|---|---|\n")
        parts += [f"| {s} | `{k}` | {v} |\n" for s, keys in stages.items() for k, v in keys.items()]
    return "".join(parts)


def formats_page() -> str:
    """Return the raw formats in the order in which rows are asked for them, as a page."""
    parts = [
        f"# Raw formats\n\n{MADE}\n`fctune prepare` tells the format of each row from its content:"
        " the first format below whose sign a row has reads it, and `--format NAME` names one for"
        " all rows. `fctune prepare --explain FILE` says which format took which rows, and why.\n",
        "\n| format | a row of it has |\n|---|---|\n",
    ]
    parts += [f"| `{known.name}` | {_cell(known.sign)} |\n" for known in FORMATS]
    parts.append(
        "\nFiles are JSON Lines, JSON, CSV or TSV with a header row, plain or packed with gzip"
        " (`.gz`) or zstd (`.zst`), and Parquet. A folder is read with the folders in it; a pattern"
        " in quotes, such as `'logs/**/*.jsonl'`, stands for the data files that it fits; `-` is"
        " stdin. A cell of a table is text; where no format takes such a row, cells that hold JSON"
        " are decoded. In Parquet a null is read as an absent key.\n\nRows in a shape of your own"
        " are read by a small file of paths, `--format my_format.yaml`, or by a package: see"
        " [own formats](../own-format.md).\n"
    )
    return "".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _help(verb: str) -> str:
    code = "from fctune.cli.main import run; run()"
    command = [sys.executable, "-c", code, *verb.split(), "--help"]
    environment = {**os.environ, "COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    lines = [line.rstrip() for line in done.stdout.replace("-c ", "fctune ", 1).splitlines()]
    return "\n".join(lines).strip("\n")


def main() -> int:
    """Write or check the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    pages = {"issues.md": issues_page(), "cli.md": cli_page(), "recipe.md": recipe_page()}
    pages["formats.md"] = formats_page()
    stale = [name for name, text in pages.items() if _read(FOLDER / name) != text]
    if check:
        for name in stale:
            print(f"docs/reference/{name}: stale\nhint: make docs", file=sys.stderr)
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (FOLDER / name).write_text(pages[name], encoding="utf-8")
    return 0


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
