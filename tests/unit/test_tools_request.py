"""A call becomes the HTTP request that its binding says, and never another one."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.errors import FctuneError, InputFault, UsageFault
from fctune.tools.request import HttpRequest, to_request
from fctune.tools.spec import HttpBinding, ParameterPlace, ToolSpec

SERVER = "https://x.io/v1"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
SCALARS = TEXT | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)


def tool(
    path: str = "/pets", *, method: str = "POST", kind: str = "", more: bool = False, **places: str
) -> ToolSpec:
    """Return a tool; a place is `where name style`, the name defaulting to the parameter's."""
    told = {}
    for name, place in places.items():
        where, _, rest = place.partition(" ")
        inner, _, style = rest.partition(" ")
        told[name] = ParameterPlace(where, "" if inner == "-" else inner or name, style)
    schema = {"type": "object", "properties": {}, "additionalProperties": more}
    binding = HttpBinding(method, path, server=SERVER, places=told, content_type=kind)
    return ToolSpec("pets", "", schema, http=binding)


def test_each_argument_goes_to_its_place() -> None:
    spec = tool(
        "/pets/{petId}/toys", kind="application/json",
        pet="path petId", page="query", state="query filter[state]", trace="header X-Trace",
        who="cookie", name="body", pet_body="body pet",
    )  # fmt: skip
    call = {"pet": "a/b c", "page": 2, "state": "新", "trace": "t", "who": "me;x", "name": "Rex",
            "pet_body": None}  # fmt: skip
    request = to_request(spec, call)
    assert request == HttpRequest(
        "POST",
        "https://x.io/v1/pets/a%2Fb%20c/toys",
        (("page", "2"), ("filter[state]", "新")),
        {"X-Trace": "t", "Cookie": "who=me%3Bx", "Content-Type": "application/json"},
        b'{"name": "Rex", "pet": null}',
    )
    assert request.full_url.endswith("/toys?page=2&filter%5Bstate%5D=%E6%96%B0")


@pytest.mark.parametrize(
    ("style", "value", "query"),
    [
        ("", [1, "b"], "q=1&q=b"),
        ("csv", [1, "b"], "q=1,b"),
        ("spaces", ["a", "b"], "q=a%20b"),
        ("pipes", ["a", "b"], "q=a%7Cb"),
        ("tabs", ["a", "b"], "q=a%09b"),
        ("deep", {"a": 1, "b": {"c": [True]}}, "q%5Ba%5D=1&q%5Bb%5D%5Bc%5D%5B0%5D=true"),
        ("", {"a": 1, "b": "x"}, "a=1&b=x"),
        ("json", {"a": 1}, "q=%7B%22a%22%3A1%7D"),
        ("json", "x", "q=%22x%22"),
        ("", True, "q=true"),
        ("", None, ""),
        ("", [], ""),
    ],
)
def test_lists_and_objects_in_a_query_follow_the_style(style: str, value: Any, query: str) -> None:
    request = to_request(tool(method="GET", q=f"query q {style}"), {"q": value})
    assert request.full_url == f"https://x.io/v1/pets{'?' if query else ''}{query}"
    assert request.body is None


def test_forms_are_written_as_forms() -> None:
    places = {"a": "body", "tags": "body", "card": "body card deep", "plain": "body"}
    call = {"a": "x y&z", "tags": [1, 2], "card": {"no": "4"}, "plain": {"k": 1}}
    request = to_request(tool(kind="application/x-www-form-urlencoded", **places), call)
    assert request.body is not None
    assert parse_qsl(request.body.decode()) == [
        ("a", "x y&z"), ("tags", "1"), ("tags", "2"), ("card[no]", "4"), ("plain", '{"k":1}'),
    ]  # fmt: skip
    upload = to_request(tool(kind="multipart/form-data", **places), {"a": "北京"})
    boundary = upload.headers["Content-Type"].partition("boundary=")[2]
    assert (
        upload.body
        == (
            f'--{boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n北京\r\n'
            f"--{boundary}--\r\n"
        ).encode()
    )


def test_a_whole_body_is_sent_as_it_is() -> None:
    lines = to_request(tool(kind="application/vnd.api+json", body="body -"), {"body": [1, 2]})
    assert (lines.body, lines.headers) == (
        b"[1, 2]",
        {"Content-Type": "application/vnd.api+json"},
    )
    assert to_request(tool(kind="text/plain", body="body -"), {"body": "x"}).body == b"x"
    free = to_request(tool(kind="application/json", more=True), {"anything": 1})
    assert free.body == b'{"anything": 1}'


@pytest.mark.parametrize(
    ("spec", "arguments", "found"),
    [
        (tool("/pets/{id}", id="path"), {}, "pets: misses 'id', which /pets/{id} needs"),
        (tool("/pets/{id}", id="path"), {"id": ""}, "id: got '', which would name another path"),
        (tool("/pets/{id}", id="path"), {"id": ".."}, "another path"),
        (tool("/pets/{id}", id="path"), {"id": None}, "id: got None"),
        (tool(h="header X-H"), {"h": "a\r\nEvil: 1"}, "h: got a character that a header cannot"),
        (tool(h="header X:H"), {"h": "a"}, "h: got a character"),
        (tool(), {"other": 1}, "other: pets has no such parameter"),
        (tool(kind="application/xml", a="body"), {"a": 1}, "type application/xml"),
    ],
)
def test_what_cannot_be_a_request_is_told(
    spec: ToolSpec, arguments: dict[str, Any], found: str
) -> None:
    with pytest.raises(InputFault) as fault:
        to_request(spec, arguments)
    assert found in str(fault.value)


def test_a_request_needs_a_binding_and_a_server() -> None:
    spec = tool()
    with pytest.raises(UsageFault, match="no HTTP request"):
        to_request(ToolSpec("f", "", {}), {})
    with pytest.raises(UsageFault, match="expected a URL"):
        to_request(spec, {}, server="/v1")
    with pytest.raises(UsageFault, match="without variables"):
        to_request(spec, {}, server="https://{tenant}.x.io")
    assert to_request(spec, {}, server="http://localhost:1/").url == "http://localhost:1/pets"


@given(pet=TEXT, page=SCALARS, tags=st.lists(TEXT, max_size=4), body=st.dictionaries(TEXT, SCALARS))
def test_what_goes_in_can_be_read_back(
    pet: str, page: Any, tags: list[str], body: dict[str, Any]
) -> None:
    spec = tool("/pets/{id}/x", kind="application/json", id="path", page="query", tags="query",
                body="body -")  # fmt: skip
    if pet in (".", ".."):
        with pytest.raises(InputFault):
            to_request(spec, {"id": pet})
        return
    request = to_request(spec, {"id": pet, "page": page, "tags": tags, "body": body})
    parts = urlsplit(request.full_url)
    segments = parts.path.split("/")
    assert [unquote(one) for one in segments] == ["", "v1", "pets", pet, "x"]
    told = page if isinstance(page, str) else json.dumps(page)
    query = [("page", told), *(("tags", tag) for tag in tags)]
    assert parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True) == query
    assert request.body is not None
    assert json.loads(request.body) == body


ANY = st.recursive(
    SCALARS | st.none() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    value=ANY,
    where=st.sampled_from(["path", "query", "header", "cookie", "body", "odd"]),
    style=st.sampled_from(["", "csv", "spaces", "pipes", "tabs", "deep", "json", "odd"]),
    kind=st.sampled_from(["", "application/json", "application/x-www-form-urlencoded",
                          "multipart/form-data", "text/plain", "application/xml"]),
    whole=st.booleans(),
)  # fmt: skip
def test_nothing_but_our_own_faults_escapes(
    value: Any, where: str, style: str, kind: str, whole: bool
) -> None:
    spec = tool("/a/{p}", kind=kind, p=f"{where} {'-' if whole else 'p'} {style}")
    try:
        request = to_request(spec, {"p": value})
    except FctuneError:
        return
    assert request.full_url.isascii()
    assert not any("\n" in text for text in request.headers.values())
