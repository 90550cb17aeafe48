"""Python: functions of a module become tools, read from source or from the imported module."""

from __future__ import annotations

import ast
import difflib
import json
import random
import shutil
import signal
import statistics
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.errors import FctuneError, InputFault
from fctune.tools.check import check_call, check_schema
from fctune.tools.imports import Imported
from fctune.tools.imports.python import import_python
from fctune.tools.imports.python_docstrings import read_docstring
from fctune.tools.names import LAWFUL_NAME
from fctune.tools.read import load_catalog
from fctune.tools.spec import ToolCall
from fctune.tools.write import write_catalog

SAMPLES = Path(__file__).resolve().parent / "samples"
SHOP = SAMPLES / "shop.py"
KINDS = (SAMPLES / "kinds.py").read_text(encoding="utf-8")
Write = Callable[..., Path]

STRING, INTEGER = {"type": "string"}, {"type": "integer"}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a module and return its path."""

    def make(text: str | bytes, name: str = "module_under_test.py") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(textwrap.dedent(text).encode() if isinstance(text, str) else text)
        return path

    return make


def _codes(imported: Imported) -> list[str]:
    return [found.code for found in imported.issues]


def _one(path: Path, **options: Any) -> dict[str, Any]:
    """Return the properties of the only tool of a module."""
    imported = import_python(path, **options)
    assert len(imported.catalog) == 1
    return dict(imported.catalog.specs[0].parameters["properties"])


@pytest.mark.parametrize("execute", [False, True])
def test_the_sample_shop_both_ways(execute: bool, tmp_path: Path) -> None:
    imported = import_python(SHOP, execute=execute)
    catalog = imported.catalog
    assert imported.kind == "python"
    assert catalog.names == (
        "get_weather", "search_products", "tool_c1e2dd97", "place_order", "shapes",
    )  # fmt: skip
    weather = catalog.specs[0]
    assert weather.description == (
        "Get the weather forecast for a city.\n\nUse it for any question about weather."
    )
    assert weather.parameters == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Name of the city, in English."},
            "unit": {
                "type": "string",
                "description": "Celsius or Fahrenheit.",
                "enum": ["c", "f"],
                "default": "c",
            },
            "days": {
                "type": "integer",
                "description": "In percent.",
                "minimum": 0,
                "maximum": 100,
                "default": 3,
            },
        },
        "required": ["city"],
    }
    assert weather.returns == {"type": "object", "description": "The forecast, day by day."}
    assert str(weather.origin.place if weather.origin else "").startswith("line ")
    assert sorted(_codes(imported)) == ["import-cycle-cut", "import-name-changed"]
    for spec in catalog:
        assert LAWFUL_NAME.match(spec.name)
        assert check_schema(spec.parameters, "x") == []
    write_catalog(catalog, tmp_path / "tools.yaml")
    assert load_catalog(tmp_path / "tools.yaml")[0] == catalog


def test_static_and_executed_agree_on_the_shop() -> None:
    static, executed = import_python(SHOP), import_python(SHOP, execute=True)
    assert static.catalog == executed.catalog


def test_a_chinese_function_keeps_its_own_name_in_the_origin() -> None:
    spec = import_python(SHOP, names=["查询物流"]).catalog.specs[0]
    assert spec.name == "tool_c1e2dd97"
    assert spec.origin is not None and spec.origin.name == "查询物流"
    assert spec.description == "查询订单的物流状态，并返回最新位置。"
    assert spec.parameters["properties"] == {
        "订单号": {"type": "string", "description": "订单编号，例如 ORD-1"},
        "语言": {
            "type": "string",
            "description": "返回结果的语言",
            "enum": ["zh", "en"],
            "default": "zh",
        },
    }
    assert spec.returns == {"type": "string", "description": "物流状态"}


def test_the_judge_of_calls_accepts_what_the_functions_take() -> None:
    catalog = import_python(SHOP).catalog
    good = {"order": {"name": "A", "items": [{"sku": "ABC-1"}], "ship_to": None}, "priority": 2}
    assert check_call(ToolCall("place_order", good), catalog) == []
    bad = {"order": {"name": "A", "items": []}, "priority": 3}
    assert [found.code for found in check_call(ToolCall("place_order", bad), catalog)] == [
        "call-bounds", "call-enum",
    ]  # fmt: skip


@pytest.mark.parametrize("execute", [False, True])
def test_methods_are_taken_by_name_without_self(execute: bool) -> None:
    names = ["Cart.add", "Cart.total", "Cart.load", "main"]
    imported = import_python(SHOP, names=names, execute=execute)
    assert imported.catalog.names == ("Cart_add", "Cart_total", "Cart_load", "main")
    assert [list(spec.parameters["properties"]) for spec in imported.catalog] == [
        ["sku", "count"], ["skus"], ["path"], [],
    ]  # fmt: skip
    assert _codes(imported) == ["import-name-changed"] * 3


@pytest.mark.parametrize("name", ["gone", "Cart.gone", "Gone.add", "Cart", ""])
def test_a_name_that_is_not_there(name: str) -> None:
    with pytest.raises(InputFault, match="has no function") as caught:
        import_python(SHOP, names=[name])
    assert caught.value.where == str(SHOP)
    assert "Class.method" in caught.value.hint


DOCSTRINGS = {
    "google": """Look up.

        More words
        that go on.

        Args:
            city (str): The city,
                in English.
            days (int, optional): How many. Defaults to 3.

        Returns:
            dict: The weather.

        Raises:
            ValueError: never told
        """,
    "google without blank lines": """Look up.

        More words
        that go on.
        Args:
            city: The city,
              in English.
            days: How many. Defaults to 3.
        Returns:
            The weather.
        """,
    "numpy": """Look up.

        More words
        that go on.

        Parameters
        ----------
        city : str
            The city,
            in English.
        days : int, optional
            How many. Defaults to 3.

        Returns
        -------
        dict
            The weather.

        See Also
        --------
        other : never told

        Examples
        --------
        >>> look("never told")
        """,
    "rest": """Look up.

        More words
        that go on.

        :param city: The city,
            in English.
        :type city: str
        :param int days: How many. Defaults to 3.
        :returns: The weather.
        :raises ValueError: never told
        """,
    "with code": """Look up.

        More words
        that go on.

        .. versionadded:: 3.1
           never told

        Example::

            >>> look("never told")
            {}

        ```python
        look("never told")
        ```

        Args:
            city: The city, in English.
            days: How many. Defaults to 3.

        Returns:
            The weather.
        """,
}


@pytest.mark.parametrize("style", DOCSTRINGS)
def test_every_style_of_docstring_gives_the_same_tool(style: str, write: Write) -> None:
    path = write(f"def look(city: str, days: int = 3) -> dict:\n    '''{DOCSTRINGS[style]}'''\n")
    spec = import_python(path).catalog.specs[0]
    assert spec.description == "Look up.\n\nMore words that go on."
    told = {name: part["description"] for name, part in spec.parameters["properties"].items()}
    assert told == {"city": "The city, in English.", "days": "How many. Defaults to 3."}
    assert spec.returns == {"type": "object", "description": "The weather."}


def test_a_docstring_tells_types_where_the_signature_does_not(write: Write) -> None:
    path = write('''
        def f(a, b, c, d, e=None, g=1):
            """F.

            Args:
                a (int): a
                b (list of str): b
                c (str or None): c
                d (Optional[Dict[str, int]]): d
                e ('x', 'y'): e
                g (some words that are no type): g
            """
    ''')
    properties = _one(path)
    assert {name: {k: v for k, v in part.items() if k != "description"}
            for name, part in properties.items()} == {
        "a": INTEGER,
        "b": {"type": "array", "items": STRING},
        "c": {"type": ["string", "null"]},
        "d": {"type": ["object", "null"], "additionalProperties": INTEGER},
        "e": {"enum": ["x", "y"]},
        "g": {"default": 1},
    }  # fmt: skip


def test_lists_and_notes_of_a_docstring_keep_their_shape() -> None:
    doc = read_docstring("Do it.\n\n- one\n- two\n\nNote:\n    Slow.\n\nSee :class:`a.B <c>`.")
    assert doc.text == "Do it.\n\n- one\n- two\n\nNote: Slow.\n\nSee a.B."


@pytest.mark.parametrize("execute", [False, True])
def test_where_tools_are_decorated_the_others_are_helpers(write: Write, execute: bool) -> None:
    path = write("""
        __all__ = ["helper", "look"]
        def tool(function): return function
        def helper(x: int): ...
        @tool
        def look(city: str):
            "Look."
        class Shop:
            @tool
            def find(self, text: str): ...
            def plain(self): ...
        def make():
            @tool
            def inner(x: int): ...
    """)
    imported = import_python(path, execute=execute)
    assert imported.catalog.names == ("look",)
    nested = [found for found in imported.issues if found.code == "import-tool-nested"]
    assert [(found.where, found.message) for found in nested] == [
        (f"{path}:10", "find stands within Shop: take it with --name Shop.find"),
        (
            f"{path}:14",
            "inner stands within make: move it to the top level, or import the server live",
        ),
    ]
    named = import_python(path, execute=execute, names=["Shop.find"])
    assert len(named.catalog) == 1 and "import-tool-nested" not in _codes(named)


def test_a_module_with_nested_tools_alone_says_how_to_take_them(write: Write) -> None:
    path = write("""
        def create():
            return 1
        class Shop:
            @tool
            def find(self, text: str): ...
    """)
    with pytest.raises(InputFault, match="only within classes or functions") as caught:
        import_python(path)
    assert caught.value.hint.endswith("--name Shop.find")


def test_a_default_that_cannot_be_printed_is_dropped_alone(write: Write) -> None:
    path = write("""
        from typing import Literal
        class Rude:
            def __repr__(self): raise ValueError("no")
        def f(x: int = 10**9999, y: int = 3, z: int = Rude()): ...
        def g(kind: str = "a"): ...
    """)
    imported = import_python(path, execute=True)
    assert imported.catalog.names == ("f", "g")
    properties = imported.catalog.specs[0].parameters["properties"]
    assert "default" not in properties["x"] and properties["y"]["default"] == 3
    told = [found.message for found in imported.issues if found.code == "import-not-expressed"]
    assert told == [
        "x of f: the default of type int has no JSON form, left out",
        "z of f: the default of type Rude has no JSON form, left out",
    ]


def test_decorated_functions_are_tools_under_the_name_they_give(write: Write) -> None:
    path = write("""
        @mcp.tool()
        def a(x: int): "A."
        @tool("other-name")
        async def b(x: int): "B."
        @function_tool(name_override="third", description_override="Told by the decorator.")
        def c(x: int): "C."
        @tool
        def _d(x: int): "D."
        @functools.cache
        def e(x: int): "E."
        def outer():
            "Outer."
            def inner(): "No tool."
    """)
    imported = import_python(path)
    assert imported.catalog.names == ("a", "other-name", "third", "_d")
    assert imported.catalog.specs[2].description == "Told by the decorator."
    assert _codes(imported) == []


@pytest.mark.parametrize("execute", [False, True])
def test_a_model_may_stand_for_the_parameters(execute: bool, write: Write) -> None:
    path = write("""
        from pydantic import BaseModel, Field
        def tool(name, args_schema): return lambda function: function
        class Search(BaseModel):
            query: str = Field(description="Words to look for.")
            limit: int = 3
        @tool("search", args_schema=Search)
        def look(query, limit=3): "Look up."
    """)
    imported = import_python(path, execute=execute, names=["look"])
    assert imported.catalog.specs[0].parameters == {
        "type": "object",
        "properties": {
            "query": {"type": "string", "description": "Words to look for."},
            "limit": {"type": "integer", "default": 3},
        },
        "required": ["query"],
    }


def test_parameters_that_a_framework_hands_in_are_no_parameters(write: Write) -> None:
    path = write("""
        from mcp.server import Context as Ctx
        from langchain import InjectedToolArg, RunnableConfig
        def f(
            x: int, ctx: Ctx, a: "Context[Session, None]", b: RunContext[Deps] | None = None,
            c: Annotated[str, InjectedToolArg] = "", d: Optional[RunnableConfig] = None,
            e=Depends(get_db), g: Annotated[Db, Depends(get_db)] = None,
        ):
            "F."
    """)
    assert list(_one(path)) == ["x"]


def test_open_signatures_are_an_issue_with_their_place(write: Write) -> None:
    path = write("def f(a: int, /, *rest: str, b: int = 1, **more):\n    'F.'\n")
    imported = import_python(path)
    assert list(imported.catalog.specs[0].parameters["properties"]) == ["a", "b"]
    assert [(found.code, found.where) for found in imported.issues] == [
        ("import-not-expressed", f"{path}:1")
    ] * 2
    assert ["*rest" in found.message for found in imported.issues] == [True, False]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("numpy.ndarray", "type numpy.ndarray comes from numpy"),
        ("Callable[[int], int]", "type Callable[[int], int] has no JSON form"),
        ("User", "type User comes from .models, which only --execute reads"),
        ("Plain", "class Plain has no JSON form"),
        ("list[Socket]", "type Socket has no JSON form"),
        ("'not a type!'", "has no JSON form"),
        ("Literal[f()]", "Literal[f()] has no JSON form"),
        ("lambda: 1", "has no JSON form"),
    ],
)
def test_a_type_without_a_schema_is_an_issue_at_its_line(
    kind: str, told: str, write: Write
) -> None:
    text = f"""
import numpy
from .models import User
class Plain:
    x: int

def f(
    a: int,
    b: {kind},
):
    'F.'
"""
    imported = import_python(write(text))
    assert imported.catalog.specs[0].parameters["required"] == ["a", "b"]
    assert [(found.code, found.where.rsplit(":", 1)[1]) for found in imported.issues] == [
        ("import-not-expressed", "9")
    ]
    assert imported.issues[0].message.startswith("b of f: ") and told in imported.issues[0].message


def test_an_alternative_without_a_schema_leaves_the_others(write: Write) -> None:
    imported = import_python(write("def f(x: str | Socket | None = None): 'F.'\n"))
    schema = imported.catalog.specs[0].parameters["properties"]["x"]
    assert schema == {"type": ["string", "null"], "default": None}
    assert _codes(imported) == ["import-not-expressed"]


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ("-1", -1), ("60 * 5", 300), ("LIMIT", 7), ("'x'", "x"), ("(1, 2)", [1, 2]),
        ("{'a': [1]}", {"a": [1]}), ("Color.RED", "red"), ("Color.RED.value", "red"),
        ("set()", []), ("Path('a')", "a"), ("None", None), ("True", True),
        ("now()", ...), ("b'x'", ...), ("float('inf')", ...), ("1e999", ...),
        ("10 ** 10 ** 10", ...), ("'a' * 10 ** 10", ...), ("object", ...),
    ],
)  # fmt: skip
def test_defaults_are_read_without_running_them(default: str, expected: Any, write: Write) -> None:
    path = write(f"""
        from enum import Enum
        from pathlib import Path
        LIMIT = 7
        class Color(Enum):
            RED = "red"
        def f(x={default}):
            "F."
    """)
    imported = import_python(path)
    schema = imported.catalog.specs[0].parameters
    assert "required" not in schema
    assert schema["properties"]["x"].get("default", ...) == expected


def test_no_null_default_where_null_is_no_value(write: Write) -> None:
    path = write("def f(x: int = None, y: int | None = None, z=None): 'F.'\n")
    assert _one(path) == {
        "x": INTEGER,
        "y": {"type": ["integer", "null"], "default": None},
        "z": {"default": None},
    }


def test_a_pattern_of_python_alone_is_left_out(write: Write) -> None:
    path = write("""
        from typing import Annotated
        from pydantic import Field
        def f(x: Annotated[str, Field(pattern="(?P<a>", max_length=3)]): "F."
    """)
    imported = import_python(path)
    assert imported.catalog.specs[0].parameters["properties"]["x"] == {
        "type": "string", "maxLength": 3,
    }  # fmt: skip
    assert _codes(imported) == ["import-not-expressed"]


def test_a_type_that_contains_itself_is_cut_once(write: Write) -> None:
    path = write(KINDS + "\ndef f(tree: Tree): 'F.'\n")
    imported = import_python(path)
    assert imported.catalog.specs[0].parameters["properties"]["tree"] == {"type": "object"}
    assert _codes(imported) == ["import-cycle-cut"]


def test_private_functions_and_those_out_of_all_are_no_tools(write: Write) -> None:
    path = write("""
        __all__ = ["a", "_b"]
        def a(): "A."
        def _b(): "B."
        def c(): "C."
        try:
            def a(x: int): "A again."
        except ImportError:
            def a(): "Never."
        if __name__ == "__main__":
            def d(): "D."
    """)
    imported = import_python(path)
    assert imported.catalog.names == ("a", "_b")
    assert list(imported.catalog.specs[0].parameters["properties"]) == ["x"]


def test_an_overload_is_no_second_tool(write: Write) -> None:
    path = write("""
        from typing import overload
        @overload
        def f(x: int) -> int: ...
        @overload
        def f(x: str) -> str: ...
        def f(x: int | str) -> int | str:
            "F."
    """)
    assert _one(path) == {"x": {"type": ["integer", "string"]}}


def test_a_tool_without_docstring_is_told(write: Write) -> None:
    imported = import_python(write("\n\ndef f(): pass\n", "m.py"))
    assert [(found.code, found.where[-6:]) for found in imported.issues] == [
        ("tool-description-missing", "m.py:3")
    ]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ("def f(x: int):\n    '查询'\n".encode("utf-8-sig"), "查询"),
        ("# -*- coding: gbk -*-\ndef f(x: int):\n    '查询'\n".encode("gbk"), "查询"),
        (b"def f(x: int):\r\n\t'''Look\r\n\tup.'''\r\n", "Look up."),
        (b"def f(x: int):\r    'Old Mac.'\r", "Old Mac."),
        (b"\x0cdef f(x: int):\n\t'Form feed.'", "Form feed."),
    ],
)
def test_every_way_to_write_a_file(data: bytes, word: str, write: Write) -> None:
    spec = import_python(write(data)).catalog.specs[0]
    assert spec.description == word
    assert spec.parameters["properties"] == {"x": INTEGER}


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"def f(:\n", ":1"),
        (b"x = 1\n\nif x\n", ":3"),
        (b"# coding: nonsense\n", ""),
        (b"x = '\xff'\n", ""),
        (b"x = 1\x00\n", ""),
        (b"(" * 5000, ""),
        (b"x = " + b"-" * 100_000 + b"1\n", ""),
    ],
)
def test_a_file_that_is_no_python(data: bytes, line: str, write: Write) -> None:
    path = write(data)
    with pytest.raises(InputFault) as caught:
        import_python(path)
    assert caught.value.where.startswith(f"{path}{line}")


def test_files_that_cannot_be_modules(tmp_path: Path, write: Write) -> None:
    for path in (tmp_path, tmp_path / "gone.py"):
        with pytest.raises(InputFault) as caught:
            import_python(path)
        assert caught.value.where == str(path)
    with pytest.raises(InputFault, match="has no public functions"):
        import_python(write("x = 1\n"))


def test_reading_never_runs_the_module(write: Write, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    path = write(f"open({str(mark)!r}, 'w').close()\ndef f(x: int = 1): 'F.'\n")
    import_python(path)
    assert not mark.exists()
    import_python(path, execute=True)
    assert mark.exists()
    assert not (tmp_path / "__pycache__").exists()


def test_executing_knows_types_of_other_files_and_made_functions(tmp_path: Path) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "models.py").write_text(
        "from dataclasses import dataclass\n@dataclass\nclass User:\n    'A user.'\n    name: str\n"
    )
    (package / "tools.py").write_text(
        "from .models import User\nimport datetime\n"
        "def greet(user: User, at: int = len('four')):\n    'Greet.'\n"
        "def _maker(word):\n"
        "    def made(x: int, ctx: 'Context' = None): 'Made.'\n"
        "    made.__name__ = word\n    return made\n"
        "for _word in ('one', 'two'):\n    globals()[_word] = _maker(_word)\n"
    )
    imported = import_python(package / "tools.py", execute=True)
    assert imported.catalog.names == ("greet", "one", "two")
    assert imported.catalog.specs[0].parameters["properties"] == {
        "user": {"type": "object", "properties": {"name": STRING}, "required": ["name"]},
        "at": {"type": "integer", "default": 4},
    }
    assert imported.catalog.specs[1].parameters["properties"]["x"] == INTEGER
    static = import_python(package / "tools.py")
    assert set(_codes(static)) == {"import-not-expressed"}


def test_executing_a_module_named_like_one_of_python(write: Write) -> None:
    path = write("import json as real\ndef f(x: real.JSONDecoder | int): 'F.'\n", "json.py")
    imported = import_python(path, execute=True)
    assert imported.catalog.specs[0].parameters["properties"]["x"] == INTEGER


def test_executing_finds_the_function_within_a_tool_object(write: Write) -> None:
    path = write("""
        class Tool:
            def __init__(self, func): self.func = func
        def tool(func): return Tool(func)
        def other(func): return 7
        @tool
        def f(x: int): "F."
        @other
        def g(x: str): "G."
    """)
    imported = import_python(path, execute=True, names=["f", "g"])
    assert [spec.parameters["properties"]["x"] for spec in imported.catalog] == [INTEGER, STRING]
    assert [found.message for found in imported.issues] == [
        "g is no function once imported, read from its source"
    ]


def test_what_a_module_prints_does_not_harm(
    write: Write, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write("""
        import os, subprocess, sys
        print("noise"); os.write(1, b"noise"); sys.stderr.write("noise")
        subprocess.run(["echo", "noise"])
        def f(x: int): "F."
    """)
    assert _one(path, execute=True) == {"x": INTEGER}
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("code", "line", "told"),
    [
        ("x = 1\nraise ValueError('no\\ndatabase')", ":2", "database"),
        ("import module_that_is_not_there", ":1", "No module named"),
        ("import sys\nsys.exit(4)", ":2", "SystemExit: 4"),
        ("raise KeyboardInterrupt", ":1", "KeyboardInterrupt"),
        ("import os, sys\nprint('last words', file=sys.stderr, flush=True)\nos._exit(9)", "",
         "ended the process with code 9: last words"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "", "code -11"),
        ("input()", ":1", "EOFError"),
    ],
)  # fmt: skip
def test_a_module_that_cannot_be_imported(code: str, line: str, told: str, write: Write) -> None:
    path = write(f"{code}\ndef f(): 'F.'\n")
    with pytest.raises(InputFault) as caught:
        import_python(path, execute=True)
    assert told in caught.value.message
    assert caught.value.where == f"{path}{line}"


def test_a_module_that_hangs_is_ended_with_its_children(
    write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = write(f"""
        import subprocess, time
        child = subprocess.Popen(["sleep", "600"])
        open({str(tmp_path / "pid")!r}, "w").write(str(child.pid))
        time.sleep(600)
        def f(): "F."
    """)
    with pytest.raises(InputFault, match=r"takes longer than 1\.5 s"):
        import_python(path, execute=True, timeout_s=1.5)
    assert _gone(int((tmp_path / "pid").read_text()))


def _gone(pid: int) -> bool:
    """Wait up to 5 s for the end of a process."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_ends_the_module_too(
    number: signal.Signals, write: Write, tmp_path: Path
) -> None:
    mark = tmp_path / "pid"
    path = write(f"""
        import os, pathlib, time
        pathlib.Path({str(mark)!r} + "x").write_text(str(os.getpid()))
        os.rename({str(mark)!r} + "x", {str(mark)!r})
        time.sleep(600)
        def f(): "F."
    """)
    code = (
        "from pathlib import Path\nfrom fctune.tools.imports.python import import_python\n"
        f"import_python(Path({str(path)!r}), execute=True)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert _gone(int(mark.read_text()))
    expected = "KeyboardInterrupt" if number == signal.SIGINT else "Interrupted: stopped by SIGTERM"
    assert said.decode().strip().endswith(expected)


@pytest.mark.parametrize(
    ("module", "least"),
    [(json, 4), (statistics, 15), (shutil, 15), (textwrap, 5), (urllib.request, 5), (ast, 10)],
)
def test_modules_of_the_standard_library(module: ModuleType, least: int) -> None:
    path = Path(str(module.__file__))
    imported = import_python(path)
    assert len(imported.catalog) >= least
    for spec in imported.catalog:
        assert check_schema(spec.parameters, spec.name) == []
        assert spec.origin is not None
        function = getattr(module, spec.origin.name)
        if abs(function.__code__.co_firstlineno - int(spec.origin.place.split()[1])) > 3:
            continue  # another branch of `if sys.platform ...` defines it here
        taken = function.__code__.co_varnames[: function.__code__.co_argcount]
        assert list(spec.parameters["properties"])[: len(taken)] == list(taken)
        first = (function.__doc__ or "").strip().split("\n")[0].split(" ")[0]
        assert spec.description.startswith(first.split(":")[0])
    assert set(_codes(imported)) <= {"import-not-expressed", "tool-description-missing"}


def test_untyped_public_code_is_executed_alike() -> None:
    for module in (difflib, textwrap):
        path = Path(str(module.__file__))
        static, executed = import_python(path).catalog, import_python(path, execute=True).catalog
        assert static.names == executed.names
        for one, two in zip(static, executed, strict=True):
            assert one.parameters["properties"].keys() == two.parameters["properties"].keys()
            assert one.description == two.description


SOURCES = [KINDS + "\ndef f(x: Node, y: Movie = {}): 'F.'\n", SHOP.read_text(encoding="utf-8")]
TOKENS = [
    "[", "]", "(", ")", ":", ",", "|", "\n", "    ", "None", "int", "str", "Optional[",
    "Literal[", "Annotated[int, ", "Field(ge=", "Enum", "class A(A):\n    x: A\n",
    "def f(x: 'f'): ...\n", "@", "*", "**", "=", '"', "'''", "Args:\n", ":param x:", "\x00",
    "\ud83d", "查询", "type X = X\n", "X = X\n", "Tree", "lambda: ", "...", "...]", "-", "1e999",
    "__all__ = ['f']\n", "async ", "\t", "\r",
]  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(SOURCES), st.integers(0, 2**32), st.integers(1, 12))
def test_damaged_source_gives_lawful_tools_or_our_own_error(
    tmp_path_factory: pytest.TempPathFactory, source: str, seed: int, cuts: int
) -> None:
    draw = random.Random(seed)
    for _ in range(cuts):
        at, to = sorted(draw.randrange(len(source)) for _ in range(2))
        action = draw.randrange(3)
        if action == 0:
            source = source[:at] + draw.choice(TOKENS) + source[at:]
        elif action == 1:
            source = source[:at] + source[min(to, at + 20) :]
        else:
            lines = source.split("\n")
            one, two = draw.randrange(len(lines)), draw.randrange(len(lines))
            lines[one], lines[two] = lines[two], lines[one]
            source = "\n".join(lines)
    path = tmp_path_factory.getbasetemp() / "damaged.py"
    path.write_text(source, encoding="utf-8", errors="replace")
    try:
        imported = import_python(path)
    except FctuneError:
        return
    for spec in imported.catalog:
        assert LAWFUL_NAME.match(spec.name)
        assert check_schema(spec.parameters, "x") == []
        json.dumps(spec.as_document(), allow_nan=False)


WORDS = [
    *TOKENS, "Args:", "    ", "\n", "Parameters", "----------", "x : int", ":param x: a",
    "Returns:", "返回：", ">>> f()", "```python",
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet=st.sampled_from(list("aA:：（）() \n\t-*`.'\"参数返回x>")), max_size=60)
    | st.lists(st.sampled_from(WORDS)).map("".join)
)
def test_any_docstring_can_be_read(text: str) -> None:
    doc = read_docstring(text, ["x"])
    assert isinstance(doc.text, str)
