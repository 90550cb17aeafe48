"""The engine's YAML dialect: what is read, and that what is written is read back."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fctune.engine import dialect

SCALARS = [
    ("1e-4", 0.0001),
    ("1E5", 100000.0),
    ("2.", 2.0),
    (".5", 0.5),
    ("no", False),
    ("off", False),
    ("true", True),
    ("null", None),
    ("~", None),
    ("12", 12),
    ("2026-01-01", "2026-01-01"),
    ('"1e-4"', "1e-4"),
    ("q_proj,v_proj", "q_proj,v_proj"),
    ("中文", "中文"),
]


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_scalars_are_read_as_the_engine_reads_them(text, value):
    assert dialect.parse(text) == value
    assert type(dialect.parse(text)) is type(value)


@pytest.mark.parametrize("text", ["no", "1e-4", "null", "2026-01-01", "a: b", "${x}", "# x", ""])
def test_text_that_looks_like_something_else_stays_text(text):
    assert dialect.parse(dialect.scalar(text)) == text


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=5,
    )
)
def test_what_is_written_is_read_back_and_stands_on_one_line(value):
    text = dialect.scalar(value)
    assert dialect.parse(f"key: {text}") == {"key": value}
    assert "\n" not in text


def test_no_tag_makes_a_python_object():
    node = dialect.compose("!!python/object/apply:os.system ['true']")
    with pytest.raises(yaml.YAMLError):
        dialect.construct(node)
