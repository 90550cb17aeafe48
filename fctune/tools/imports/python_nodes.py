"""Questions about expressions of a syntax tree: how they are written, what they consist of."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def shown(node: ast.expr) -> str:
    """Return an expression as written, cut to 60 characters."""
    try:
        text = ast.unparse(node)
    except (RecursionError, ValueError):
        return "an expression"
    return text if len(text) <= 60 else f"{text[:57]}..."


def parts_of(node: ast.Subscript) -> list[ast.expr]:
    """Return the parts between the brackets of `X[a, b]`."""
    return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]


def is_empty_tuple(node: ast.expr) -> bool:
    """Tell the `()` of `tuple[()]`."""
    return isinstance(node, ast.Tuple) and not node.elts


def alternatives(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the parts of `A | B | C`, without recursion: a long union is deep."""
    stack = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, ast.BinOp) and isinstance(top.op, ast.BitOr):
            stack += [top.right, top.left]
        else:
            yield top
