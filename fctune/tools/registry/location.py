"""Where a registry is: a SQLite file, or a PostgreSQL server.

Input: what the user wrote after --db, or nothing. Output: a Location. The password of a URL is in
the URL alone; what is shown has three stars for it. What looks like a URL or a connection string,
but is none that can be read, is refused and not repeated, since it may hold a password.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from fctune.errors import UsageFault
from fctune.patterns import regex

DEFAULT_PATH = Path("data/tools.db")
_POSTGRES = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
_SCHEME = regex(r"^([A-Za-z][A-Za-z0-9+.-]*)://")
# A drive of Windows, as in C:/data/tools.db, is no scheme; ann:secret@host needs none.
_LIKE_URL = regex(
    r"(?ix) :// | [a-z0-9+.-]{2,} :/ | ^\W* (?:jdbc|odbc|postgres|postgresql|sqlite)[a-z0-9+]* :"
    r"| :.*@ | ^//"
)
_LIKE_DSN = regex(
    r"(?i)(?:^|[\s;?&'\"])(?:host|hostaddr|port|user|username|uid|pwd|pass\w*|dbname|database"
    r"|server|service|ssl\w*|options)\s*="
)
_PORT = regex(r"\d{1,5}")
# Parts of a URL's query that never hold a secret; the values of all others are not shown.
_OPEN = frozenset(
    {
        "application_name", "connect_timeout", "dbname", "host", "hostaddr", "port", "sslmode",
        "target_session_attrs", "user",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Location:
    """The place of a registry.

    Attributes:
        shown: the place as it may be printed.
        path: the SQLite file; None for a server.
        url: the SQLAlchemy URL of a server, password included; "" for a file. Never print it.
    """

    shown: str
    path: Path | None = None
    url: str = field(default="", repr=False)


def locate(text: str | None) -> Location:
    """Return the place of a registry.

    Args:
        text: a path, `sqlite:///PATH`, or a `postgresql://` URL; None for `data/tools.db`.

    Raises:
        UsageFault: a URL of another kind, or what looks like one; its message does not repeat it.

    >>> locate("postgres://ann:secret@db/tools").shown
    'postgresql://ann:***@db/tools'
    """
    if not text:
        return Location(str(DEFAULT_PATH), DEFAULT_PATH)
    scheme = _SCHEME.match(text)
    if scheme is None:
        _refuse_near_misses(text)
        return Location(text, Path(text))
    kind, rest = scheme.group(1).lower(), text[scheme.end() :]
    if kind in _POSTGRES:
        _refuse_raw_signs(rest)
        return Location(
            f"postgresql://{_without_secrets(rest)}", None, f"postgresql+psycopg://{rest}"
        )
    if kind == "sqlite" and len(rest) > 1:
        path = rest.removeprefix("/")
        _refuse_near_misses(path)
        return Location(path, Path(path))
    raise UsageFault(
        f"got a {kind}:// URL, expected a file or a postgresql:// URL",
        where="--db",
        hint="--db data/tools.db, or --db postgresql://USER:PASSWORD@HOST/DATABASE",
    )


def _refuse_near_misses(text: str) -> None:
    """Refuse a path that was meant as a URL or as a connection string of a driver.

    Raises:
        UsageFault: it looks like one; the message does not repeat it.
    """
    if _LIKE_URL.search(text) or _LIKE_DSN.search(text):
        raise UsageFault(
            "got what looks like a URL or a connection string, expected a file or a "
            "postgresql:// URL",
            where="--db",
            hint="--db data/tools.db, or --db postgresql://USER:PASSWORD@HOST/DATABASE",
        )


def _refuse_raw_signs(rest: str) -> None:
    """Refuse @, / and others in a password: a driver would take the rest of it for the host.

    A port that is no port is refused, too: it is a password where the host was forgotten.

    Raises:
        UsageFault: there is such a sign; its message does not show it.
    """
    user, _, host = rest.rpartition("@")
    if set(user) & set("@/?#[] "):
        raise UsageFault(
            "the password or user of the URL has a sign that URLs give a meaning to",
            where="--db",
            hint="write @ as %40, / as %2F, ? as %3F, # as %23, : as %3A",
        )
    for one in re.split(r"[/?#]", host, maxsplit=1)[0].split(","):
        port = one.rpartition("]")[2].partition(":")[2]
        if port and not (_PORT.fullmatch(port) and int(port) < 2**16):
            raise UsageFault(
                "the URL has a port that is no number up to 65535",
                where="--db",
                hint="--db postgresql://USER:PASSWORD@HOST:5432/DATABASE",
            )


def _without_secrets(rest: str) -> str:
    """Return a URL's part after the scheme without its password, wherever that stands."""
    body, mark, query = rest.partition("?")
    user, at, host = body.rpartition("@")
    name, colon, _ = user.partition(":")
    stars = ":***" if colon else ""
    told = "&".join(_without_value(part) for part in query.split("&"))
    return f"{name}{stars}{at}{host}{mark}{told}"


def _without_value(part: str) -> str:
    """Return a part of a query; where its value may be a secret, with stars for it.

    >>> _without_value("sslmode=require"), _without_value("options=-csearch_path%3Dx")
    ('sslmode=require', 'options=***')
    """
    key, equals, _ = part.partition("=")
    if key in _OPEN or not part:
        return part
    return f"{key}=***" if equals else "***"
