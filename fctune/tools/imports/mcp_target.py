"""What a user types for an MCP server: a command line or a URL, and how it may be shown.

Input: the text. Output: the command with its environment, or the URL; and the same without
secrets, since the origin of a tool goes into files and the target into messages.

Before: `API_KEY=abc npx server --token xyz`, `https://me:pw@host/mcp?key=1`
After:  `API_KEY=*** npx server --token ***`, `https://host/mcp`
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fctune.errors import InputFault
from fctune.patterns import regex
from fctune.tools.imports.fetch import is_url
from fctune.tools.imports.hidden import HIDDEN, Secrets, shown_url, shown_words, url_secrets

_ASSIGNMENT = regex(r"^([A-Za-z_][A-Za-z0-9_]*)=(.*)$", re.DOTALL)
_PREFIX = "mcp:"


@dataclass(frozen=True, slots=True)
class Command:
    """A command to start, without a shell.

    Attributes:
        program: its first word.
        arguments: the others.
        environment: what stood in front of it as `NAME=value`.
    """

    program: str
    arguments: tuple[str, ...]
    environment: dict[str, str]


def parse_command(target: str) -> Command:
    """Return the command of a command line.

    Raises:
        InputFault: the quotes do not close, or there is no command.
    """
    words = _words(target)
    environment: dict[str, str] = {}
    while words and (found := _ASSIGNMENT.match(words[0])):
        environment[found.group(1)] = found.group(2)
        words = words[1:]
    if not words:
        raise InputFault("got no command after the variables", where=shown_target(target))
    return Command(words[0], tuple(words[1:]), environment)


def _words(target: str) -> list[str]:
    try:
        return shlex.split(target)
    except ValueError as fault:
        raise InputFault(
            "cannot be split into words: a quote does not close",
            where=f"mcp:{HIDDEN}",
            hint="close the quotes as in a shell",
        ) from fault


def shown_target(target: str) -> str:
    """Return the target without passwords, keys and tokens, for files and messages.

    Raises:
        InputFault: it is neither a URL nor a command line.

    >>> shown_target("https://me:pw@host/mcp?key=1"), shown_target("K=1 run --token abc -v")
    ('https://host/mcp', 'K=*** run --token *** -v')
    """
    if is_url(target):
        _refuse_odd(target)
        return shown_url(target, whole_path=False)
    return " ".join(_quoted(word) for word in shown_words(_words(target))[0])


def secrets_of(target: str) -> Secrets:
    """Return what `shown_target` hides, to take it out of what a server says.

    Raises:
        InputFault: it is neither a URL nor a command line.
    """
    return Secrets(tuple(url_secrets(target))) if is_url(target) else shown_words(_words(target))[1]


def shown_source(source: str) -> str:
    """Return what a user named to import from, without secrets; the path of a file stays.

    >>> shown_source("mcp:K=1 run"), shown_source("tools.json"), shown_source("https://u:p@h/x?k=1")
    ('mcp:K=*** run', 'tools.json', 'https://h/x')
    """
    bare = source.strip().removeprefix(_PREFIX).strip()
    prefix = _PREFIX if source.strip().startswith(_PREFIX) else ""
    if is_url(bare):
        return prefix + shown_url(bare, whole_path=not prefix)
    if not prefix and (_is_there(source) or not any(c.isspace() or c == "=" for c in source)):
        return source
    try:
        return prefix + shown_target(bare)
    except InputFault:
        return prefix + HIDDEN


def _is_there(source: str) -> bool:
    try:
        return Path(source).exists()
    except (OSError, ValueError):
        return False


def _quoted(word: str) -> str:
    return word if HIDDEN in word else shlex.quote(word)


def _refuse_odd(url: str) -> None:
    """Refuse a URL that cannot be read; what Python says of it may quote a password.

    Raises:
        InputFault: it is one.
    """
    try:
        _ = urlsplit(url).port
    except ValueError as fault:
        raise InputFault(
            "not a URL: its host or port cannot be read",
            where=f"mcp:{shown_url(url)}",
            hint="write http://host:port/path; a / or @ in a password is %2F or %40",
        ) from fault
