"""Groups of options in the help of the verbs that have many.

Role: `fctune prepare --help` shows what belongs together under one head. Input: a verb and its
options. Output: the text of its help; an option that no group names stands under "Options".
"""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

_GATES = ("--min", "--max", "--no-regression", "--tolerance", "--junit")
_TOOLSET = (
    "--toolset", "--tool-timeout", "--tool-memory", "--tool-env", "--tool-places", "--deliver",
)  # fmt: skip
_JUDGED = ("--mode", "--comparators", "--train")
_BFCL = ("--answers", "--underscore-to-dot")
_CALLS = ("--template", "--call-format", "--tools", "--mapping", *_BFCL)

PANELS: dict[str, dict[str, tuple[str, ...]]] = {
    "prepare": {
        "What comes out": ("--name", "--out", "--recipe", "--template", "--report"),
        "How raw rows are read": (
            "--format", "--tools", "--tell-examples", "--mapping", "--system", "--drop-prefixes",
            "--thoughts",
        ),
        "Checks and repairs": ("--switch", "--strict", "--max-reject-rate"),
        "Personal data": ("--redact", "--redact-kinds"),
        "Lengths": ("--model", "--cutoff-len", "--over-long", "--carry"),
        "Shape of the rows": (
            "--prefix-rows", "--prefix-each", "--distractors", "--distractor-pool", "--max-tools",
            "--tool-tokens",
        ),
        "Duplicates and splits": (
            "--near-dup", "--near-dup-threshold", "--dev", "--test", "--hold-out-tools", "--seed",
        ),
        "Mix of stage 2": ("--mix", "--lessons", "--upsample", "--max-repeat", "--cap-per-tool"),
        "Many rows": ("--workers", "--engine", "--ray-address"),
    },
    "eval": {
        "What is asked": ("--data", "--out", "--max-cases", "--variants", "--seed", "--resume"),
        "How calls are read": _CALLS,
        "How they are judged": _JUDGED,
        "A model here": (
            "--max-new-tokens", "--temperature", "--batch-tokens", "--share-prefix", "--quantize",
            "--thinking", "--engine", "--workers", "--ray-address",
        ),
        "Lawful calls alone": ("--constrain", "--tool-choice", "--max-calls", "--max-string"),
        "A model server": (
            "--endpoint", "--model", "--server", "--concurrency", "--timeout", "--retries",
            "--stream", "--request",
        ),
        "Calls that are run": _TOOLSET,
        "Gates": _GATES,
    },
    "score": {
        "What was asked": ("--data", "--out", "--run", "--seed"),
        "How calls are read": _CALLS,
        "How they are judged": _JUDGED,
        "Calls that are run": (*_TOOLSET, "--trial"),
        "Gates": _GATES,
        "One case": ("--explain", "--html"),
    },
}  # fmt: skip


class Grouped(TyperCommand):
    """A verb whose help shows its options in the groups of `PANELS`."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, each group that has options, and the rest as `Options`."""
        panels = PANELS.get(self.name or "", {})
        rows: dict[str, list[tuple[str, str]]] = {"Arguments": []}
        rows.update({title: [] for title in panels})
        rows["Options"] = []
        for param in self.get_params(ctx):
            row = param.get_help_record(ctx)
            if row is None:
                continue
            title = "Arguments" if param.param_type_name == "argument" else "Options"
            named = (head for head, names in panels.items() if set(param.opts) & set(names))
            rows[title if title == "Arguments" else next(named, title)].append(row)
        for title, found in rows.items():
            if found:
                with formatter.section(title):
                    formatter.write_dl(found)
