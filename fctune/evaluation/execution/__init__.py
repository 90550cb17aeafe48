"""Task completion: the calls of a model are run on a user's toolset, and the ends are compared.

Input: an Evaluation and what the user gave as --toolset. Output: ExecutionReport.
"""

from __future__ import annotations

from fctune.evaluation.execution.report import ExecutionReport
from fctune.evaluation.execution.run import check_toolset, run_execution
from fctune.evaluation.execution.settings import ToolsetSettings, parse_toolset, read_deliver
from fctune.evaluation.execution.timing import processing_time

__all__ = [
    "ExecutionReport",
    "ToolsetSettings",
    "check_toolset",
    "parse_toolset",
    "processing_time",
    "read_deliver",
    "run_execution",
]
