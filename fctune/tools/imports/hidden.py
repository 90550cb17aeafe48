"""What may be shown of a command line or a URL: passwords, keys, tokens and the like may not.

Input: words or a URL as a user typed them. Output: the same with `***` for what may be a secret,
and the secrets, so that they can be taken out of the words of others. In doubt a word is hidden:
text with blanks in it, values of `NAME=value`, long mixtures of letters and digits.

Before: ["run", "--header", "X-Key: abc", "-e", "KEY=sk", "--db", "postgres://u:p@h/d?x=1"]
After:  ["run", "--header", "***", "-e", "KEY=***", "--db", "postgres://h/d"]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from fctune.patterns import regex

HIDDEN = "***"
_ASSIGNMENT = regex(r"^([A-Za-z_][\w.-]*)=(.*)$", re.DOTALL)
_OPTION = regex(r"^(--?[^\s=]+)(?:=(.*))?$", re.DOTALL)
_LABEL = regex(r"^([A-Za-z][\w-]*):(?!//)(.+)$", re.DOTALL)
_URL = regex(r"[A-Za-z][A-Za-z0-9+.-]*://")
_LOGIN = regex(r"[^/@\s:]+:[^@\s]+@")
_STEMS = regex(
    r"token|key|secret|passw|passphrase|pwd|auth|cred|bearer|cookie|session|jwt|signature|dsn|conn"
    r"|header",
    re.IGNORECASE,
)
_PARTS = frozenset({"pat", "pw", "pass", "pin", "sid", "sig", "user", "username", "login"})
_LETTERS = frozenset({"-H", "-u", "-k", "-p", "-P"})
_PORTS = regex(r"[\d.:]*")
_SCHEMES = frozenset({"bearer", "basic", "authorization:", "bearer:"})
_TOKEN = regex(
    r"(?:sk|pk|rk)[-_]\w|gh[a-z]_|github_pat_|glpat-|xox[a-z]-|hf_|npm_|AKIA|ASIA|AIza|eyJ|ya29\."
)
_RANDOM = regex(r"(?=(?:.*\d){3})(?=(?:.*[A-Za-z]){3})[\w+=-]{20,}")
_SEPARATORS = regex(r"[\s\"'{}\[\],;=:&?@]+")
_LEAST = 3  # letters of a secret that is looked for in other text


@dataclass(frozen=True, slots=True)
class Secrets:
    """Values that must not be shown.

    Attributes:
        values: as they were given.
    """

    values: tuple[str, ...] = ()

    def hide(self, text: str) -> str:
        """Return a text with `***` where one of the values stands.

        >>> Secrets(("sk-1",)).hide("login with sk-1 failed")
        'login with *** failed'
        """
        found = {value for value in self._forms() if len(value) >= _LEAST}
        if not found:
            return text
        longest_first = sorted(found, key=len, reverse=True)
        return re.sub("|".join(map(re.escape, longest_first)), HIDDEN, text)

    def _forms(self) -> Iterable[str]:
        """Yield each value whole, decoded, and in those parts that may stand alone."""
        for value in self.values:
            yield value
            yield unquote(value)
            for part in _SEPARATORS.split(value):
                if part.casefold() not in _SCHEMES | {"authorization"} and not part.startswith("-"):
                    yield part


def shown_words(words: Sequence[str]) -> tuple[list[str], Secrets]:
    """Return the words of a command as they may be shown, and what was hidden in them.

    >>> shown_words(["run", "--token", "abc", "A=1", "-v"])
    (['run', '--token', '***', 'A=***', '-v'], Secrets(values=('abc', '1')))
    """
    shown: list[str] = []
    secrets: list[str] = []
    follows = ""
    for word in words:
        if follows and not word.startswith("--") and not (word.startswith("-") and len(word) < 3):
            harmless = follows in ("-p", "-P") and _PORTS.fullmatch(word)
            text, found = (word, []) if harmless else (HIDDEN, [word])
        else:
            text, found = _shown_word(word)
        shown.append(text)
        secrets += found
        follows = _awaited(word)
    return shown, Secrets(tuple(secrets))


def _awaited(word: str) -> str:
    """Return the word if a secret comes after it, else nothing."""
    option = _OPTION.match(word)
    bare_option = option is not None and option.group(2) is None
    return word if (bare_option and _is_secret(word)) or word.casefold() in _SCHEMES else ""


def _is_secret(name: str) -> bool:
    """Tell whether an option or a label is one whose value is secret, by its name."""
    parts = re.split(r"[-_.]+|(?<=[a-z])(?=[A-Z])", name.lstrip("-"))
    return (
        name in _LETTERS
        or _STEMS.search(name) is not None
        or any(part.casefold() in _PARTS for part in parts)
    )


def _shown_word(word: str) -> tuple[str, list[str]]:
    """Return one word as it may be shown, and its secrets."""
    option = _OPTION.match(word)
    if option and option.group(2) is not None:
        name, value = option.groups()
        if _is_secret(name) or not name.startswith("--"):
            return f"{name}={HIDDEN}", [value]
        text, found = _shown_word(value)
        return f"{name}={text}", found
    if any(char.isspace() or char in "{}\"'" for char in word):
        return HIDDEN, [word]
    if _URL.match(word):
        return shown_url(word, whole_path=False), url_secrets(word)
    assignment = _ASSIGNMENT.match(word)
    if assignment:
        return f"{assignment.group(1)}={HIDDEN}", [assignment.group(2)]
    label = _LABEL.match(word)
    if label and _is_secret(label.group(1)):
        return f"{label.group(1)}:{HIDDEN}", [label.group(2)]
    if _URL.search(word) or _LOGIN.search(word) or _is_token(word):
        return HIDDEN, [word]
    return word, []


def _is_token(word: str) -> bool:
    return bool(_TOKEN.match(word) or _RANDOM.fullmatch(word))


def shown_url(url: str, *, whole_path: bool = True) -> str:
    """Return a URL without user, password, query and fragment.

    Args:
        url: of any scheme; one that cannot be read is hidden but for its scheme.
        whole_path: default True; else parts of the path that look like a token are hidden too.

    >>> shown_url("https://me:pw@host:8/a?key=1"), shown_url("http://me:pw/x@host")
    ('https://host:8/a', 'http://***')
    """
    try:
        parts = urlsplit(url)
        _ = parts.port  # refuses a password that a slash has made the port
    except ValueError:
        return f"{url.partition('://')[0]}://{HIDDEN}"
    path = parts.path
    if not whole_path:
        path = "/".join(HIDDEN if _is_token(part) else part for part in path.split("/"))
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], path, "", ""))


def url_secrets(url: str) -> list[str]:
    """Return user, password, values of the query, and tokens in the path of a URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return [url]
    login = parts.netloc.rpartition("@")[0].split(":", 1)
    query = [value for _, value in parse_qsl(parts.query)]
    path = [part for part in parts.path.split("/") if _is_token(part)]
    raw = [part.partition("=")[2] for part in parts.query.split("&")]
    return [value for value in (*login, *query, *raw, parts.fragment, *path) if value]
