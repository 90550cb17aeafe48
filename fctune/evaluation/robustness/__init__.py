"""Robustness: variants of cases by rule, and what a model loses on them.

Input: a CaseSet, and later the Evaluation of its cases and variants. Output: variants, which
`make.with_variants` makes, and a report. What makes variants is imported apart: it takes a tenth of
a second, which a run without variants need not wait for.
"""

from __future__ import annotations

from fctune.evaluation.robustness.listed import KINDS, NAMES, chosen
from fctune.evaluation.robustness.names import is_variant, parts_of
from fctune.evaluation.robustness.report import clean, markdown_rows, report

__all__ = [
    "KINDS",
    "NAMES",
    "chosen",
    "clean",
    "is_variant",
    "markdown_rows",
    "parts_of",
    "report",
]
