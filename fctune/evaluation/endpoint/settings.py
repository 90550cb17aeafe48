"""What is asked of a model server, and the key: read from the environment, never written.

Input: the URL and the options of `fctune eval --endpoint`, and environment variables. Output:
EndpointOptions, Target and Key. Nothing is sent here.

Before: "http://localhost:8000", ("top_p=1", "seed=7")
After:  Target("http://localhost:8000/v1/chat/completions"), {"top_p": 1, "seed": 7}
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from fctune.errors import EnvironmentFault, UsageFault
from fctune.evaluation.strict_json import whole_json
from fctune.tools.imports.hidden import shown_url

KEY_VARIABLES = ("FCTUNE_API_KEY", "OPENAI_API_KEY")
SERVERS = ("openai", "llamafactory")
_CHAT = "/chat/completions"
_HIDDEN = "***"
_LEAST_KEY = 6  # characters of a key that is looked for in the words of a server
# Set by other options, or what only one answer for a case can be read from.
_OWN_KEYS = {"model": "--model", "messages": "--data", "tools": "--data", "stream": "--stream"}
_ONE_ANSWER = ("n", "best_of", "functions", "function_call")
_SECRET_WORDS = ("key", "token", "secret", "password", "authorization", "credential")
_NO_SECRETS = frozenset({"max_tokens", "max_completion_tokens", "min_tokens", "stop_token_ids"})


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """How a server is asked.

    Attributes:
        concurrency: requests under way at a time; 1 measures the latency of a single stream.
        timeout_s: most seconds of one request, from the first byte sent to the last one read.
        retries: tries after the first, where the server is busy, fails or breaks off.
        stream: let the server stream, which gives the time to the first token.
        server: how history is written: `openai` as OpenAI defines it, `llamafactory` as
            `llamafactory-cli api` takes it, which is the text that training sees.
        max_new_tokens: sent as `max_tokens`.
        request: `key=value` for the body of each request.
        backoff_s: first pause before a new try; doubled each time, up to 30 s, and then drawn
            between 0 and that.
    """

    concurrency: int = 8
    timeout_s: float = 120.0
    retries: int = 4
    stream: bool = False
    server: str = "openai"
    max_new_tokens: int = 256
    request: tuple[str, ...] = ()
    backoff_s: float = 0.5

    def __post_init__(self) -> None:
        """Check the options.

        Raises:
            UsageFault: one is out of its range, or two contradict each other.
        """
        if self.server not in SERVERS:
            raise UsageFault(f"--server: got {self.server!r}, expected {' or '.join(SERVERS)}")
        if self.server == "llamafactory" and self.stream:
            raise UsageFault(
                "llamafactory-cli api cannot stream where there are tools",
                hint="leave out --stream",
            )
        if self.concurrency < 1 or self.retries < 0 or not self.timeout_s > 0:
            raise UsageFault("expected --concurrency >= 1, --retries >= 0 and --timeout > 0")

    @property
    def max_bytes(self) -> int:
        """Most bytes of an answer: room for the tokens asked for, as a stream writes them."""
        return 1_000_000 + 2_000 * self.max_new_tokens

    def body(self) -> dict[str, Any]:
        """Return the part of a request's body that all cases share, `model` left out.

        Raises:
            UsageFault: a `key=value` is none, or sets what another option sets.
        """
        body: dict[str, Any] = {"temperature": 0, "max_tokens": self.max_new_tokens}
        if self.server == "llamafactory":
            body["do_sample"] = False
        if self.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        for pair in self.request:
            key, value = _pair(pair)
            body[key] = value
        return {key: value for key, value in body.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go.

    Attributes:
        chat: the URL that is posted to.
        models: the URL that lists the models.
        local: the host is this machine.
        encrypted: the scheme is https.
    """

    chat: str
    models: str
    local: bool
    encrypted: bool

    @classmethod
    def of(cls, url: str) -> Target:
        """Read the URL of a server, with or without `/v1` and `/chat/completions`.

        >>> Target.of("http://localhost:8000").chat
        'http://localhost:8000/v1/chat/completions'

        Raises:
            UsageFault: it is no http or https URL, or holds a login.
        """
        hint = "such as --endpoint http://localhost:8000/v1"
        try:
            parts = urlsplit(url.strip())
            host, _ = parts.hostname, parts.port
        except ValueError as fault:
            raise UsageFault(f"--endpoint: is no URL: {fault}", hint=hint) from fault
        if parts.scheme not in ("http", "https") or not host:
            shown = shown_url(url) if "://" in url else url
            raise UsageFault(f"--endpoint: got {shown!r}, expected an http URL", hint=hint)
        if parts.username or parts.password:
            raise UsageFault(
                f"--endpoint: holds a login: {shown_url(url)}",
                hint="take it out, and put the key into FCTUNE_API_KEY",
            )
        base = parts.path.rstrip("/").removesuffix(_CHAT) or "/v1"
        chat = urlunsplit((parts.scheme, parts.netloc, base + _CHAT, parts.query, ""))
        models = urlunsplit((parts.scheme, parts.netloc, f"{base}/models", parts.query, ""))
        return cls(chat, models, _is_local(host), parts.scheme == "https")

    @property
    def shown(self) -> str:
        """The URL without its query, for files and messages."""
        return shown_url(self.chat)

    @property
    def models_shown(self) -> str:
        """The URL that lists the models, without its query."""
        return shown_url(self.models)


@dataclass(frozen=True, slots=True)
class Key:
    """The key of a server. Its value is shown nowhere, not in a repr either.

    Attributes:
        value: "" where there is none.
        variable: where it was read.
    """

    value: str = field(default="", repr=False)
    variable: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Key:
        """Read the key from the first variable that is set.

        Raises:
            EnvironmentFault: it holds what no HTTP header can hold.
        """
        for variable in KEY_VARIABLES:
            value = environ.get(variable, "").strip()
            if value and not (value.isascii() and value.isprintable()):
                raise EnvironmentFault(
                    "holds characters that no key has",
                    where=variable,
                    hint=f"export {variable}=...",
                )
            if value:
                return cls(value, variable)
        return cls()

    def for_target(self, target: Target) -> tuple[Key, str]:
        """Return the key that may be sent there, and a warning or "".

        A key that was set for another service is not sent unencrypted over a network.
        """
        if not self.value or target.encrypted or target.local:
            return self, ""
        if self.variable != KEY_VARIABLES[0]:
            return Key(), (
                f"{self.variable} is not sent to {target.shown}, which is not encrypted; "
                f"set {KEY_VARIABLES[0]} if it is the key of this server"
            )
        return self, f"the key of {self.variable} is sent to {target.shown} unencrypted"

    def hide(self, value: Any) -> Any:
        """Return JSON data or a text without the key, wherever a server has repeated it.

        >>> Key("sk-secret", "X").hide({"a": ["key sk-secret"]})
        {'a': ['key ***']}
        """
        if len(self.value) < _LEAST_KEY:
            return value
        if isinstance(value, str):
            return value.replace(self.value, _HIDDEN)
        if isinstance(value, list):
            return [self.hide(item) for item in value]
        if isinstance(value, dict):
            return {self.hide(name): self.hide(item) for name, item in value.items()}
        return value


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _pair(text: str) -> tuple[str, Any]:
    """Return the key and the value of `key=value`: JSON, or else text."""
    key, equals, written = text.partition("=")
    key = key.strip()
    where = "--request"
    if not equals or not key:
        raise UsageFault(
            f"{where}: got {text!r}, expected key=value", hint="such as --request top_p=1"
        )
    if key in _OWN_KEYS:
        raise UsageFault(f"{where}: {key} is set by {_OWN_KEYS[key]}")
    if key in _ONE_ANSWER:
        raise UsageFault(f"{where}: {key} has no place here, as one answer is read for each case")
    if key not in _NO_SECRETS and any(word in key.casefold() for word in _SECRET_WORDS):
        raise UsageFault(
            f"{where}: {key} looks like a secret, and requests are written to results.json",
            hint=f"put the key into {KEY_VARIABLES[0]}",
        )
    value = whole_json(written)
    return key, written if value is None and written.strip() != "null" else value
