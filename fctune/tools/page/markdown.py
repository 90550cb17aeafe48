"""A catalogue page as GitHub Markdown.

Input: a CataloguePage. Output: the text of one `.md` file, the same bytes each time. All words of
the catalogue are shown as words: pipes, line ends, tags and marks of Markdown are escaped.

Before: ToolEntry(name="now", summary="Tell the time.", ...)
After:  a row of the overview that links to `## now`, and that section
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fctune.patterns import regex
from fctune.tools.page.build import CataloguePage, ExampleEntry, ToolEntry
from fctune.tools.page.parameters import ParameterRow

_MARKS = regex(r"[\\`*\[\]<>|~$]|&(?=#|[A-Za-z])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_LINE_START = regex(r"^(?:[#+=-]|\d+(?=[.)]))")


def markdown_page(page: CataloguePage) -> str:
    """Return the text of the Markdown file."""
    blocks = [f"# {_words(page.title)}", _sums(page)]
    if page.tools:
        columns = ("Tool", "What it does", "Required", "Tokens")
        blocks.append(_table(columns, [_overview(tool) for tool in page.tools]))
    for tool in page.tools:
        blocks.extend(_section(tool))
    return "\n\n".join(blocks) + "\n"


def _sums(page: CataloguePage) -> str:
    count = f"{len(page.tools)} tool" + ("" if len(page.tools) == 1 else "s")
    return f"{count}, about {page.tokens} tokens, fingerprint `{page.fingerprint[:12]}`"


def _overview(tool: ToolEntry) -> tuple[str, ...]:
    link = f"[{_code_cell(tool.name)}](#{tool.anchor})"
    required = ", ".join(_code_cell(name) for name in tool.required)
    return link, _cell(tool.summary), required, str(tool.tokens)


def _section(tool: ToolEntry) -> Iterator[str]:
    yield f'<a id="{tool.anchor}"></a>\n\n## {_words(tool.name)}'
    if tool.description:
        yield _paragraphs(tool.description)
    if tool.parameters:
        yield _parameters("Parameter", tool.parameters)
    else:
        yield "No parameters."
    if tool.rules:
        yield f"All parameters together: {_words('; '.join(tool.rules))}."
    if tool.returns:
        yield _parameters("Result", tool.returns)
    if tool.cut:
        yield "Places that are deeper, or that repeat a form shown above, are left out."
    for example in tool.examples:
        yield _example(example)
    yield from _request(tool)
    if tool.origin is not None:
        place = f", {_code(tool.origin.place)}" if tool.origin.place else ""
        yield f"Origin: {_code(tool.origin.name)} in {_code(tool.origin.source)}{place}"


def _parameters(first: str, rows: Sequence[ParameterRow]) -> str:
    columns = (first, "Type", "Required", "Values and bounds", "Description")
    return _table(columns, [_row(row) for row in rows])


def _row(row: ParameterRow) -> tuple[str, ...]:
    bounds = []
    if row.enum:
        bounds.append(", ".join(_code_cell(value) for value in row.enum))
    if row.format:
        bounds.append(f"format {_code_cell(row.format)}")
    if row.pattern:
        bounds.append(f"pattern {_code_cell(row.pattern)}")
    bounds.extend(_cell(phrase) for phrase in row.bounds)
    if row.default is not None:
        bounds.append(f"default {_code_cell(row.default)}")
    required = "yes" if row.required else "no"
    return (
        _code_cell(row.path),
        _cell(row.type),
        required,
        "; ".join(bounds),
        _cell(row.description),
    )


def _example(example: ExampleEntry) -> str:
    quoted = "\n".join(f"> {line}" for line in _paragraphs(example.words).split("\n"))
    return f"{quoted}\n\n{_block(example.call, 'json')}"


def _request(tool: ToolEntry) -> Iterator[str]:
    if tool.http is None:
        return
    http = tool.http
    body = f" ({_code(http.content_type)})" if http.content_type else ""
    yield f"Request: {_code(f'{http.method} {http.server}{http.path}')}{body}"
    if http.places:
        rows = [
            (_code_cell(name), _cell(place.where), _code_cell(place.name) if place.name else "")
            for name, place in http.places.items()
        ]
        yield _table(("Parameter", "Goes to", "Name there"), rows)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _words(text: str) -> str:
    r"""Return text on one line, with every mark of Markdown escaped.

    >>> print(_words("a|b <i> snake_case *x*"))
    a\|b \<i\> snake_case \*x\*
    """
    return _MARKS.sub(r"\\\g<0>", " ".join(text.split()))


def _paragraphs(text: str) -> str:
    """Return text with its own line ends, none of them the start of a list or heading."""
    lines = (_words(line) for line in text.strip().splitlines())
    safe = [_LINE_START.sub(_escape_start, line) for line in lines]
    joined = "\n".join(
        f"{line}\\" if line and following else line
        for line, following in zip(safe, [*safe[1:], ""], strict=True)
    )
    return re.sub(r"\n{3,}", "\n\n", joined)


def _escape_start(found: re.Match[str]) -> str:
    text = found.group()
    return f"{text}\\" if text.isdigit() else f"\\{text}"


def _cell(text: str) -> str:
    """Return text for a cell of a table: its lines joined by `<br>`."""
    return "<br>".join(_words(line) for line in text.strip().splitlines() if line.strip())


def _code(text: str) -> str:
    """Return text as code on one line, whatever backticks it holds."""
    flat = " ".join(text.split()) or " "
    fence = "`" * (max((len(run) for run in re.findall("`+", flat)), default=0) + 1)
    space = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{space}{flat}{space}{fence}"


def _code_cell(text: str) -> str:
    """Return code for a cell; GitHub takes the backslash before a pipe away again.

    Readers differ on a pipe that follows a backslash of its own: there every mark is an entity.
    """
    if "\\|" not in text:
        return _code(text).replace("|", "\\|")
    marks = re.sub(r"[^\w\s]", lambda found: f"&#{ord(found.group())};", " ".join(text.split()))
    return f"<code>{marks}</code>"


def _block(text: str, language: str) -> str:
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
