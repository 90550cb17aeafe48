"""ToolsetSettings: which toolset runs the calls, and what it may take.

Input: what the user writes behind --toolset. Output: ToolsetSettings.

module:shop.py          functions of a Python file, or the class `Toolset` or function `toolset`
module:shop.py:Shop     the class (or function that makes an instance) of that name
answers:answers.yaml    recorded answers: call -> result
http:http://host/tools  a server: POST of {"name", "arguments"}, or the places of a catalogue
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fctune.errors import InputFault, UsageFault
from fctune.jsonl import read_document, sha256_of
from fctune.tools.spec import ToolCatalog

MODULE, ANSWERS, HTTP = "module", "answers", "http"
_HINT = "--toolset module:shop.py, --toolset answers:answers.yaml or --toolset http:URL"


@dataclass(frozen=True, slots=True)
class ToolsetSettings:
    """A toolset and its limits.

    Attributes:
        kind: `module`, `answers` or `http`.
        source: the file or the base URL.
        attribute: the class or function of the module that makes the tools; "" finds it.
        timeout_s: for one call, in seconds; default 10.
        memory_mb: address space of the process, in MiB; default 2048.
        output_bytes: the longest result of one call; default 1 MiB.
        env: names of environment variables that the toolset may see beside the harmless ones.
        catalog: tools with their HTTP places; empty where calls are posted as they are.
        deliver: case or conversation id to strings that the model's words must hold.
    """

    kind: str
    source: str
    attribute: str = ""
    timeout_s: float = 10.0
    memory_mb: int = 2048
    output_bytes: int = 1024 * 1024
    env: tuple[str, ...] = ()
    catalog: ToolCatalog = field(default_factory=ToolCatalog)
    deliver: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return what results.json says of the toolset."""
        named = {"attribute": self.attribute} if self.attribute else {}
        file = {} if self.kind == HTTP else {"sha256": sha256_of(Path(self.source))}
        return {
            "kind": self.kind,
            "source": self.source,
            **named,
            **file,
            "timeout_s": self.timeout_s,
            "memory_mb": self.memory_mb,
            "output_bytes": self.output_bytes,
        }


def parse_toolset(text: str, **limits: Any) -> ToolsetSettings:
    """Return the settings that a --toolset stands for.

    Args:
        text: such as `module:shop.py`.
        **limits: further fields of ToolsetSettings.

    Raises:
        UsageFault: it is of no known kind.
        InputFault: the file is not there.

    >>> parse_toolset("http:http://localhost:8000/tools").source
    'http://localhost:8000/tools'
    """
    kind, _, rest = text.partition(":")
    if kind == HTTP and not rest.startswith("//"):
        return ToolsetSettings(HTTP, _url(rest), **limits)
    if kind in ("http", "https"):  # the URL alone
        return ToolsetSettings(HTTP, _url(text), **limits)
    if kind not in (MODULE, ANSWERS) or not rest:
        raise UsageFault(
            f"got toolset {text!r}, expected module:FILE, answers:FILE or http:URL", hint=_HINT
        )
    file, attribute = rest, ""
    if kind == MODULE and not Path(rest).is_file() and rest.rpartition(":")[2].isidentifier():
        file, _, attribute = rest.rpartition(":")
    if not Path(file).is_file():
        raise InputFault("is not there, expected a file with the tools", where=file, hint=_HINT)
    return ToolsetSettings(kind, file, attribute, **limits)


def read_deliver(path: Path) -> dict[str, tuple[str, ...]]:
    """Read which strings the model's words must hold.

    Args:
        path: YAML or JSON: `{"<case or conversation id>": ["INV6079", ...]}`; one string may
            stand without a list.

    Raises:
        InputFault: it holds something else.
    """
    value = read_document(path)
    if not isinstance(value, dict):
        raise InputFault("expected an object of id to strings", where=str(path))
    found = {}
    for key, wanted in value.items():
        strings = [wanted] if isinstance(wanted, str | int | float) else wanted
        if not isinstance(strings, list) or not all(
            isinstance(one, str | int | float) for one in strings
        ):
            raise InputFault(f"got {key}: {wanted!r}, expected a list of strings", where=str(path))
        found[str(key)] = tuple(map(str, strings))
    return found


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageFault(f"got server {text!r}, expected a URL of http or https", hint=_HINT)
    if parts.username or parts.password:
        raise UsageFault(
            "the URL of the toolset holds a user name or a password",
            hint="export FCTUNE_TOOLSET_AUTHORIZATION='Bearer ...' instead",
        )
    return text.rstrip("/")
