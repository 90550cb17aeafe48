"""Labels of the page as the template writes them: in one language, to be switched by the reader.

Input: a language. Output: for a key, a span that holds the label and its key, by which the script
writes it anew in the other language. A key without a label is shown as it is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fctune.evaluation.page_html.words import words
from fctune.evaluation.report.visible_text import visible_text

if TYPE_CHECKING:
    from markupsafe import Markup


class Labels:
    """The labels of one page.

    Args:
        lang: en or zh.
    """

    def __init__(self, lang: str) -> None:
        self._words = words(lang)

    def __call__(self, key: str, /, **values: Any) -> Markup:
        """Return a label as a span that can be switched."""
        from markupsafe import Markup

        if key not in self._words:
            return Markup("{}").format(visible_text(key).replace("_", " "))
        given = json.dumps(values, ensure_ascii=False) if values else ""
        filled = Markup(' data-v="{}"').format(given) if given else ""
        return Markup('<span data-t="{}"{}>{}</span>').format(
            key, filled, self._words[key].format(**values)
        )

    def attribute(self, attribute: str, key: str) -> Markup:
        """Return an attribute whose value is a label that can be switched."""
        from markupsafe import Markup

        text = self._words.get(key, visible_text(key))
        return Markup('{}="{}" data-ta="{}={}"').format(attribute, text, attribute, key)

    def text(self, key: str, /, **values: Any) -> str:
        """Return a label as it is."""
        return self._words.get(key, visible_text(key)).format(**values)

    def has(self, key: str) -> bool:
        """Tell whether there is such a label."""
        return key in self._words

    def first(self, *keys: str) -> Markup:
        """Return the label of the first key that has one; without one, the last key as it is."""
        return self(next((key for key in keys if key in self._words), keys[-1]))
