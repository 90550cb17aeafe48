"""Robustness: variants of cases by rule, and what a model loses on them.

Input: a CaseSet, and later the Evaluation of its cases and variants. Output: variants, and a
report.
"""

from __future__ import annotations

from fctune.evaluation.robustness.listed import KINDS, NAMES, chosen
from fctune.evaluation.robustness.make import with_variants
from fctune.evaluation.robustness.names import is_variant, parts_of
from fctune.evaluation.robustness.report import clean, markdown_rows, report
from fctune.evaluation.robustness.rows import variant_rows

__all__ = [
    "KINDS",
    "NAMES",
    "chosen",
    "clean",
    "is_variant",
    "markdown_rows",
    "parts_of",
    "report",
    "variant_rows",
    "with_variants",
]
