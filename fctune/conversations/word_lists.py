"""Lists of words that audits and quick readers know, as files beside the code.

Role: `fctune/native/core/src/word_lists.rs` is built from the same files, so that no word stands
twice. Input: the name of a list. Output: its lines.

Before: "neutral"
After:  ("all any none null ...", "全部 所有 无 默认 任意 不限 未知")
"""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent / "words"


def lines_of(name: str) -> tuple[str, ...]:
    """Return the lines of a list, without those of its head.

    >>> lines_of("chinese_verbs")[0]
    '关闭 turn delete'
    """
    text = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if not line.startswith("# "))


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a list that has nothing but words."""
    return tuple(word for line in lines_of(name) for word in line.split())
