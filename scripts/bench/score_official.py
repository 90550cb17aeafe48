"""The official checker of BFCL as a peer: installed apart, and asked for one verdict at a time.

Input: a folder to install bfcl-eval into. Output: a function from rows to (valid, error type). Only
its checker is loaded: a stand-in for its table of models keeps the SDKs of all vendors out.
"""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

VERSION = "2026.3.23"
STUB = """
import os, sys, tempfile, types
os.environ.setdefault("BFCL_PROJECT_ROOT", tempfile.mkdtemp())
sys.path.insert(0, {folder!r})
table = types.ModuleType("bfcl_eval.constants.model_config")
table.MODEL_CONFIG_MAPPING = {{
    "exact": types.SimpleNamespace(underscore_to_dot=False),
    "underscored": types.SimpleNamespace(underscore_to_dot=True),
}}
sys.modules["bfcl_eval.constants.model_config"] = table
lock = types.ModuleType("filelock")
lock.FileLock = object
sys.modules.setdefault("filelock", lock)
from bfcl_eval.constants.enums import Language
from bfcl_eval.eval_checker.ast_eval.ast_checker import ast_checker
from bfcl_eval.utils import is_function_calling_format_output
"""
Answer = tuple[bool, str | None]


class Official(NamedTuple):
    """The parts of the official checker."""

    ast_checker: Callable[..., dict[str, Any]]
    is_format: Callable[[Any], bool]
    languages: dict[str, Any]
    data: Path


def install(folder: Path) -> None:
    """Install bfcl-eval without its dependencies, if the folder has it not."""
    if (folder / "bfcl_eval").is_dir():
        return
    wanted = f"bfcl-eval=={VERSION}"
    options = ["install", "--quiet", "--no-deps", "--target", str(folder), wanted]
    if shutil.which("uv"):
        command = ["uv", "pip", *options]
    else:
        command = [sys.executable, "-m", "pip", *options]
    subprocess.run(command, check=True)


def load(folder: Path) -> Official:
    """Load the checker from a folder."""
    names: dict[str, Any] = {}
    exec(compile(STUB.format(folder=str(folder)), "stub", "exec"), names)  # noqa: S102 - our text
    language = names["Language"]
    return Official(
        ast_checker=names["ast_checker"],
        is_format=names["is_function_calling_format_output"],
        languages={"": language.PYTHON, "java": language.JAVA, "js": language.JAVASCRIPT},
        data=folder / "bfcl_eval/data",
    )


def as_official(prediction: list[Any]) -> list[Any] | None:
    """Return calls as the official runner hands them over, or None where that cannot be."""
    try:
        return [{call["name"]: call["arguments"]} for call in prediction]
    except (KeyError, TypeError):
        return None


def verdict(official: Official, row: dict[str, Any], language: str) -> Answer:
    """Return what the official runner says of a row: valid, and else the error type.

    Raises:
        Exception: the checker stops with an error.
    """
    calls, category = as_official(row["prediction"]), row["category"]
    readable = calls is not None and official.is_format(calls)
    if "irrelevance" in category:
        made = readable and bool(calls)
        return (False, "irrelevance_error:decoder_success") if made else (True, None)
    if "relevance" in category:
        made = readable and bool(calls)
        return (True, None) if made else (False, "relevance_error:decoder_failed")
    if not readable:
        return False, "ast_decoder:decoder_wrong_output_format"
    model = "underscored" if row.get("underscore_to_dot") else "exact"
    found = official.ast_checker(
        row["tools"],
        copy.deepcopy(calls),
        row["possible_answer"],
        official.languages[language],
        category,
        model,
    )
    return (True, None) if found["valid"] else (False, found["error_type"])
