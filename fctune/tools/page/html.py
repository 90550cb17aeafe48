"""A catalogue page as one HTML file with a search box; it works without network.

Input: a CataloguePage. Output: the text of the file; every word of the catalogue is escaped.
"""

from __future__ import annotations

from fctune.pages import render_page
from fctune.tools.page.build import CataloguePage


def html_page(page: CataloguePage) -> str:
    """Return the text of the HTML file."""
    return render_page("catalogue.html", lang=page.lang, page=page)
