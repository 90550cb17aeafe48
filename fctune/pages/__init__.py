"""HTML pages: one shell and one stylesheet for every report; a page is one file without network.

Input: the name of a template of this folder and its values. Output: the text of one HTML file, with
all values escaped. Light and dark follow the reader's setting; pages fit a phone.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent


def render_page(template: str, /, **values: Any) -> str:
    """Return the text of one HTML page.

    Args:
        template: a file of this folder that extends `page.html`, such as `confusions.html`; it
            fills the blocks `title`, `content` and, where it has one, `script`.
        values: what the template shows; every value is escaped.
    """
    return _environment().get_template(template).render(css=_stylesheet(), **values)


@lru_cache(maxsize=1)
def _stylesheet() -> str:
    return (FOLDER / "page.css").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
