"""EndpointPredictor against a real server on this machine: honest, busy, broken and hostile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from fctune.errors import EndpointFault, EnvironmentFault
from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.decode import Decoded, decode_qwen
from fctune.evaluation.endpoint.crew import GIVE_UP_AFTER
from fctune.evaluation.endpoint.faults import backoff, fault_of_status, retry_after
from fctune.evaluation.endpoint.predictor import EndpointPredictor, endpoint_predictor
from fctune.evaluation.endpoint.settings import EndpointOptions
from fctune.evaluation.endpoint.timing import RequestTime, quantile, summary
from fctune.evaluation.outcomes.judge import Outcome, judge
from fctune.evaluation.predict import Prediction
from fctune.tools.spec import ToolCatalog

from .endpoint_server import Handler, Server, completion, delta, serve
from .evaluation_samples import call, case, qwen

pytest.importorskip("httpx")
FAST = {"backoff_s": 0.01, "retries": 2, "timeout_s": 5.0}
RIGHT = completion(None, [("track", '{"id": "A1"}')], "tool_calls")
GOLD = case(call("track", id="A1"))
KEY = "sk-very-secret-0123456789"


def decoder(text: str, catalog: ToolCatalog | None = None) -> Decoded:
    return decode_qwen(text)


def predictor(server: Server, **options: Any) -> EndpointPredictor:
    return endpoint_predictor(
        server.url,
        "tiny",
        decoder=decoder,
        options=EndpointOptions(**{**FAST, **options}),
        environ={"FCTUNE_API_KEY": KEY},
    )


def cases(count: int) -> list[EvalCase]:
    return [case(call("track", id="A1"), id=f"c{number}#1") for number in range(count)]


def ask(server: Server, one: EvalCase = GOLD, **options: Any) -> Prediction:
    (prediction,) = predictor(server, **options).predict([one])
    return prediction


def error_of(answer: Any, **options: Any) -> str:
    """Ask one case of a server that is alive, and return why there is no answer."""
    turn = iter([None])

    def first_well(handler: Handler, body: Any) -> None:
        handler.json(RIGHT) if next(turn, 1) is None else answer(handler, body)

    with serve(first_well) as server:
        found = list(predictor(server, concurrency=1, **options).predict(cases(2)))
    assert found[0].finish_reason == "stop"
    outcome = judge(GOLD, found[1])
    assert (found[1].finish_reason, outcome.outcome) == ("error", Outcome.INFRA_ERROR)
    assert KEY not in repr(found[1])
    return found[1].error


# an honest server -----------------------------------------------------------------------------


def test_an_honest_answer_is_scored() -> None:
    with serve(lambda handler, body: handler.json(RIGHT)) as server:
        one = predictor(server)
        (prediction,) = one.predict([GOLD])
    assert judge(GOLD, prediction).outcome is Outcome.OK
    assert (prediction.prompt_tokens, prediction.output_tokens) == (7, 3)
    assert 0 < prediction.latency_s < 5
    (body,) = server.bodies
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("tiny", 0, 256)
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert server.paths == ["/v1/chat/completions"]
    assert KEY not in f"{prediction} {one} {one.description} {one.timing()}"


def test_no_key_no_header() -> None:
    with serve(lambda handler, body: handler.json(RIGHT)) as server:
        one = endpoint_predictor(server.url, "tiny", environ={})
        assert [p.finish_reason for p in one.predict([GOLD])] == ["stop"]
    assert "Authorization" not in server.headers[0]


def test_answers_come_as_they_are_ready_and_do_not_depend_on_order() -> None:
    release = threading.Event()

    def answer(handler: Handler, body: Any) -> None:
        order = body["messages"][-1]["content"]
        if order == "slow":
            assert release.wait(10)
        handler.json(completion(f"said {order}"))

    asked = [
        EvalCase(
            **{**fields(case(id=f"{name}#1")), "messages": ({"role": "user", "content": name},)}
        )
        for name in ("slow", "b", "c")
    ]
    with serve(answer) as server:
        stream = predictor(server, concurrency=2).predict(asked)
        early = [next(stream), next(stream)]
        release.set()
        found = [*early, *stream]
        again = list(predictor(server, concurrency=1).predict(list(reversed(asked))))
    assert [p.case_id for p in found] == ["b#1", "c#1", "slow#1"]
    assert {p.case_id: p.text for p in found} == {p.case_id: p.text for p in again}


def fields(one: EvalCase) -> dict[str, Any]:
    return {name: getattr(one, name) for name in EvalCase.__slots__}


@pytest.mark.parametrize("bound", [1, 3])
def test_no_more_requests_are_under_way_than_allowed(bound: int) -> None:
    def answer(handler: Handler, body: Any) -> None:
        time.sleep(0.03)
        handler.json(RIGHT)

    with serve(answer) as server:
        one = predictor(server, concurrency=bound)
        assert len(list(one.predict(cases(9)))) == 9
        assert server.most == bound
    kind = "single_stream" if bound == 1 else "under_load_of_3"
    timing = one.timing()
    assert (timing["latency_kind"], timing["requests"], timing["retried_requests"]) == (kind, 9, 0)
    assert 0.03 <= timing["latency_p50_s"] <= timing["latency_p95_s"]


def test_calls_in_text_are_read_by_the_decoder() -> None:
    with serve(
        lambda handler, body: handler.json(completion(qwen(call("track", id="A1"))))
    ) as server:
        one = predictor(server)
        (prediction,) = one.predict([GOLD])
    assert judge(GOLD, prediction).outcome is Outcome.OK
    assert one.timing()["notes"] == {"calls read from the text": 1}
    assert "notes" not in one.description  # which is of the run, not of its answers


def test_a_streamed_answer_has_a_time_to_its_first_token() -> None:
    def answer(handler: Handler, body: Any) -> None:
        assert body["stream"] is True
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for event in (
            delta(role="assistant"),
            delta(content="你好"),
            delta(content="!"),
            delta("stop"),
        ):
            raw = f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
            handler.chunk(raw[:25])
            handler.chunk(raw[25:])
            time.sleep(0.05)
        handler.chunk(b"data: [DONE]\n\n")
        handler.wfile.write(b"0\r\n\r\n")

    with serve(answer) as server:
        one = predictor(server, stream=True)
        (prediction,) = one.predict([case()])
    assert (prediction.text, prediction.finish_reason) == ("你好!", "stop")
    timing = one.timing()
    assert 0.04 < timing["first_token_p50_s"] < timing["latency_p50_s"] - 0.05


def test_a_server_that_streams_unasked_or_not_at_all_is_read() -> None:
    unasked = [delta(content="x"), delta("stop")]
    with serve(lambda handler, body: handler.events(*unasked)) as server:
        assert ask(server).text == "x"
    with serve(lambda handler, body: handler.json(completion("y"))) as server:
        assert ask(server, stream=True).text == "y"


def test_connections_are_used_again() -> None:
    seen: set[Any] = set()

    def answer(handler: Handler, body: Any) -> None:
        seen.add(handler.client_address)
        handler.events(delta(content="x"), delta("stop")) if body.get("stream") else handler.json(
            RIGHT
        )

    for stream in (False, True):
        seen.clear()
        with serve(answer) as server:
            assert len(list(predictor(server, concurrency=1, stream=stream).predict(cases(5)))) == 5
        assert len(seen) == 1


def test_requests_are_made_as_they_are_needed() -> None:
    with serve(lambda handler, body: handler.json(RIGHT)) as server:
        stream = predictor(server, concurrency=1).predict(cases(200))
        next(stream)
        stream.close()
        asked = len(server.bodies)
        time.sleep(0.1)
        assert len(server.bodies) in (asked, asked + 1) and asked < 200


# a busy server --------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_a_busy_server_is_asked_again(status: int) -> None:
    turns = iter([status, status, 200])

    def answer(handler: Handler, body: Any) -> None:
        now = next(turns)
        handler.json(RIGHT if now == 200 else {"error": "busy"}, now)

    with serve(answer) as server:
        one = predictor(server)
        (prediction,) = one.predict([GOLD])
    assert (prediction.finish_reason, len(server.bodies)) == ("stop", 3)
    assert one.timing()["retried_requests"] == 1


@pytest.mark.parametrize("status", [400, 413, 422, 501])
def test_a_refused_request_is_not_sent_again(status: int) -> None:
    count = 0

    def answer(handler: Handler, body: Any) -> None:
        nonlocal count
        count += 1
        handler.json({"error": {"message": f"no\n tools, {KEY}"}}, status)

    assert error_of(answer) == f"HTTP {status}: no tools, ***"
    assert count == 1


def test_a_server_that_stays_busy_leaves_the_case_unscored() -> None:
    error = error_of(lambda handler, body: handler.json({"error": "busy"}, 503))
    assert error == "HTTP 503: busy (tried 3 times)"


def test_retry_after_is_obeyed() -> None:
    times: list[float] = []

    def answer(handler: Handler, body: Any) -> None:
        times.append(time.monotonic())
        if len(times) == 1:
            handler.json({"error": "slow down"}, 429, Retry_After="0.4")
        else:
            handler.json(RIGHT)

    with serve(answer) as server:
        found = list(predictor(server, concurrency=1).predict(cases(2)))
    assert [p.finish_reason for p in found] == ["stop", "stop"]
    assert 0.38 <= times[1] - times[0] < 2
    assert found[0].latency_s < 0.3  # the pause is no latency


def test_a_pause_of_an_hour_is_not_waited_for() -> None:
    started = time.monotonic()
    error = error_of(lambda h, b: h.json({"error": "quota"}, 429, Retry_After="3600"))
    assert "asks to wait 3600 s" in error
    assert time.monotonic() - started < 3


def test_retry_after_in_all_its_forms() -> None:
    now = 1_000_000.0
    assert retry_after({"retry-after": "7"}, now) == 7
    assert retry_after({"retry-after-ms": "250", "retry-after": "7"}, now) == 0.25
    assert retry_after({"retry-after": formatdate(now + 90, usegmt=True)}, now) == 90
    assert retry_after({"retry-after": formatdate(now - 90, usegmt=True)}, now) == 0
    for useless in ("", "soon", "-5", "nan", "inf", "Thu, 99 Foo 2020", "9" * 400):
        assert retry_after({"retry-after": useless}, now) is None


def test_the_pause_doubles_and_is_drawn() -> None:
    class Most:
        def uniform(self, low: float, high: float) -> float:
            assert low == 0
            return high

    draws = [backoff(attempt, 0.5, Most()) for attempt in (0, 1, 2, 3, 10, 10_000)]  # type: ignore[arg-type]
    assert draws == [0.5, 1, 2, 4, 30, 30]


# no request can succeed -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "hint"),
    [
        (401, {"error": {"message": f"wrong key {KEY}"}}, "FCTUNE_API_KEY"),
        (403, {"detail": "no"}, "FCTUNE_API_KEY"),
        (404, {"error": {"message": "no such model"}}, "tiny, other"),
        (402, {}, "credit"),
        (429, {"error": {"code": "insufficient_quota", "message": "x"}}, "credit"),
    ],
)
def test_the_run_stops_where_no_request_can_succeed(status: int, body: Any, hint: str) -> None:
    with serve(lambda handler, _: handler.json(body, status)) as server:
        with pytest.raises(EndpointFault, match=f"HTTP {status}") as caught:
            list(predictor(server, concurrency=2).predict(cases(50)))
        assert len(server.bodies) <= 2
    assert hint in caught.value.hint
    assert KEY not in f"{caught.value} {caught.value.hint}"
    assert caught.value.exit_code == 5


def test_what_was_answered_before_a_stop_stands() -> None:
    turns = iter([200, 200, 401])

    def answer(handler: Handler, body: Any) -> None:
        now = next(turns)
        handler.json(RIGHT if now == 200 else {}, now)

    found: list[Prediction] = []
    with serve(answer) as server, pytest.raises(EndpointFault):
        for prediction in predictor(server, concurrency=1).predict(cases(9)):
            found.append(prediction)
    assert [p.finish_reason for p in found] == ["stop", "stop"]


def test_a_redirect_is_not_followed() -> None:
    with serve(lambda handler, body: handler.json(RIGHT)) as elsewhere:
        target = elsewhere.url.replace("//", "//me:pw@") + "?key=5"
        fault = pytest.raises(EndpointFault, match="leads on to")
        with serve(lambda h, b: h.json({}, 307, Location=target)) as server, fault as caught:
            list(predictor(server).predict([GOLD]))
        assert elsewhere.bodies == []
    assert "pw" not in str(caught.value) and "key=5" not in str(caught.value)


def test_a_server_that_is_not_there() -> None:
    with serve(lambda handler, body: None) as server:
        pass
    with pytest.raises(EndpointFault, match="none of 2 requests was answered") as caught:
        list(predictor(server, retries=1).predict(cases(2)))
    assert "connection failed" in str(caught.value)
    with pytest.raises(EndpointFault, match=f"none of {GIVE_UP_AFTER} requests"):
        list(predictor(server, retries=0, concurrency=1).predict(cases(500)))


def test_a_server_that_dies_on_the_way() -> None:
    with serve(lambda handler, body: handler.json(RIGHT)) as server:
        stream = predictor(server, retries=0, concurrency=1).predict(cases(500))
        assert next(stream).finish_reason == "stop"
        found: list[Prediction] = []
        server.stop()
        with pytest.raises(EndpointFault, match="does not answer any more"):
            for prediction in stream:
                found.append(prediction)
    lost = [p for p in found if p.finish_reason == "error"]
    # The connection that was open when it died was one to a server that had been reached.
    assert GIVE_UP_AFTER <= len(lost) <= GIVE_UP_AFTER + 1


def test_a_server_that_refuses_all_is_not_asked_for_ever() -> None:
    with serve(lambda handler, body: handler.json({"error": "no tools here"}, 400)) as server:
        with pytest.raises(EndpointFault, match="no tools here"):
            list(predictor(server, concurrency=1).predict(cases(500)))
        assert len(server.bodies) == GIVE_UP_AFTER


def test_the_engines_answer_to_two_results_names_the_way_out() -> None:
    fault = fault_of_status(400, "Only supports u/a/u/a/u...", {}, None)
    assert "--server llamafactory" in str(fault)


def test_httpx_is_asked_for_where_it_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(EnvironmentFault, match="httpx") as caught:
        endpoint_predictor("http://localhost:1", "m", environ={})
    assert "fctune[endpoint]" in caught.value.hint


def test_a_case_that_cannot_be_written_is_unscored_and_told() -> None:
    odd = case(call("track", id="A1"), id="odd#1")
    odd = EvalCase(
        **{**fields(odd), "messages": ({"role": "function", "content": "?"}, *odd.messages)}
    )
    with serve(lambda handler, body: handler.json(RIGHT)) as server:
        found = {p.case_id: p for p in predictor(server).predict([odd, GOLD])}
    assert "messages[0]" in found["odd#1"].error
    assert found["a#1"].finish_reason == "stop"


# a hostile server -----------------------------------------------------------------------------


def raw(status: int, kind: str, body: bytes, **headers: str) -> Any:
    return lambda handler, _: handler.send(status, kind, body, **headers)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (raw(200, "application/json", b'{"choices": ['), "not valid JSON"),
        (raw(200, "application/json", b""), "not valid JSON"),
        (raw(200, "application/json", b"\xff\xfe{}"), "not UTF-8"),
        (raw(200, "application/json", b'{"choices": [NaN]}'), "NaN is not JSON"),
        (raw(200, "application/json", b"[" * 200_000), "nested too deep"),
        (raw(200, "application/json", b'{"a":' * 900 + b"1" + b"}" * 900), "choices null"),
        (raw(200, "application/json", b'{"n": ' + b"9" * 50_000 + b"}"), "integer"),
        (raw(200, "application/json", b'{"choices": []}'), "no choices"),
        (raw(200, "application/json", b'{"choices": {"0": {}}}'), "choices object"),
        (raw(200, "text/html", b"<html><h1>Welcome to the hotel wifi</h1>"), "not valid JSON"),
        (raw(400, "text/html", b"<html><h1>Bad gateway</h1>"), "HTTP 400: an HTML page"),
        (raw(400, "application/json", b"[" * 200_000), "HTTP 400"),
        (raw(400, "text/plain", b"x" * 10_000_000), "HTTP 400: xxx"),
        (raw(200, "application/json", b"x" * 5_000_000), "got more than"),
        (raw(200, "application/json", b"{}", Content_Encoding="gzip"), "encoded as 'gzip'"),
        (raw(204, "application/json", b""), "HTTP 204"),
        (raw(200, "text/event-stream", b"data: {half\n\n"), "a piece of the stream"),
        (raw(200, "text/event-stream", b"data: 5\n\n"), "no JSON object"),
        (raw(200, "text/event-stream", b'data: {"error": {"message": "oom"}}\n\n'), "oom"),
        (raw(200, "text/event-stream", b"data: \xff\n\n"), "not UTF-8"),
        (raw(200, "text/event-stream", b"data: " + b"x" * 5_000_000), "got more than"),
    ],
    ids=range(21),
)  # fmt: skip
def test_a_hostile_answer_is_no_wrong_answer(answer: Any, error: str) -> None:
    assert error in error_of(answer)


def reset(handler: Handler, body: Any) -> None:
    """Break the connection off in the middle of the body."""
    import socket
    import struct

    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def hang_up(handler: Handler, body: Any) -> None:
    handler.close_connection = True
    handler.connection.close()


def nonsense(handler: Handler, body: Any) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n" * 3)
    handler.close_connection = True


def stream_breaks(handler: Handler, body: Any) -> None:
    handler.events(delta(content="half"), done=False)


def headers_without_end(handler: Handler, body: Any) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(20_000):
        handler.wfile.write(b"X-Long: " + b"y" * 100 + b"\r\n")
    handler.wfile.flush()
    handler.close_connection = True


def test_one_try_is_told_as_such() -> None:
    assert error_of(hang_up, retries=0).endswith("(tried once)")


def test_a_server_that_does_not_run_is_asked_after() -> None:
    one = endpoint_predictor(
        "http://127.0.0.1:9/v1?secret=x", "tiny", options=EndpointOptions(retries=0), environ={}
    )
    with pytest.raises(EndpointFault) as caught:
        list(one.predict(cases(2)))
    assert "is the server running? curl http://127.0.0.1:9/v1/models" in caught.value.hint
    assert "secret" not in caught.value.hint


@pytest.mark.parametrize("answer", [reset, hang_up, nonsense, stream_breaks, headers_without_end])
def test_a_broken_connection_is_tried_again_and_then_unscored(answer: Any) -> None:
    assert "(tried 3 times)" in error_of(answer)


def test_a_broken_connection_that_heals_is_answered() -> None:
    turns = iter([reset, hang_up, lambda handler, body: handler.json(RIGHT)])
    with serve(lambda handler, body: next(turns)(handler, body)) as server:
        assert ask(server).finish_reason == "stop"


def drip(handler: Handler, body: Any, *, streamed: bool = False) -> None:
    """Send a byte now and then, each in time for a limit on the pause between two."""
    handler.send_response(200)
    kind = "text/event-stream" if streamed else "application/json"
    handler.send_header("Content-Type", kind)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for _ in range(200):
        handler.chunk(b": keep alive\n\n" if streamed else b" ")
        time.sleep(0.02)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_slow_drip_ends_with_its_time(streamed: bool) -> None:
    started = time.monotonic()
    error = error_of(lambda h, b: drip(h, b, streamed=streamed), timeout_s=0.3, retries=1)
    assert error == "no whole answer within 0.3 s (tried 2 times)"
    assert time.monotonic() - started < 3


def test_a_stream_that_is_held_open_after_its_end_is_an_answer() -> None:
    def answer(handler: Handler, body: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for event in (delta(content="x"), delta("stop")):
            handler.chunk(f"data: {json.dumps(event)}\n\n".encode())
        handler.chunk(b"data: [DONE]\n\n")
        time.sleep(2)

    with serve(answer) as server:
        prediction = ask(server, stream=True)
    assert prediction.text == "x"
    assert prediction.latency_s < 1


def test_a_server_that_repeats_the_key_does_not_get_it_into_files() -> None:
    body = completion(f"Your key is {KEY}!", [("track", json.dumps({"id": KEY}))])
    with serve(lambda handler, _: handler.json(body)) as server:
        prediction = ask(server)
    assert KEY not in repr(prediction)
    assert prediction.decoded.calls == (call("track", id="***"),)


def test_cookies_are_not_kept() -> None:
    with serve(lambda handler, body: handler.json(RIGHT, Set_Cookie="a=b")) as server:
        list(predictor(server, concurrency=1).predict(cases(2)))
    assert all("Cookie" not in headers for headers in server.headers)


# stopping -------------------------------------------------------------------------------------

SCRIPT = """
import sys
sys.path[:0] = [{tests!r}]
from tests.unit.evaluation_samples import call, case
from fctune.evaluation.endpoint.predictor import endpoint_predictor
asked = [case(call("track", id="A1"), id=f"c{{n}}#1") for n in range(50)]
print("ready", flush=True)
try:
    for prediction in endpoint_predictor({url!r}, "m", environ={{}}).predict(asked):
        print("got", flush=True)
except KeyboardInterrupt:
    import threading
    print("stopped", threading.active_count(), flush=True)
"""


def test_ctrl_c_ends_the_requests_under_way_and_the_thread() -> None:
    def answer(handler: Handler, body: Any) -> None:
        time.sleep(30)

    root = str(Path(__file__).resolve().parents[2])
    with serve(answer) as server:
        script = SCRIPT.format(tests=root, url=server.url)
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, cwd=root, env={**os.environ, "PYTHONPATH": root},
        )  # fmt: skip
        deadline = time.monotonic() + 20
        while not server.bodies and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=15)
    assert out.split("\n")[:2] == ["ready", "stopped 1"], err
    assert err == ""
    assert process.returncode == 0


# timing ---------------------------------------------------------------------------------------


def test_quantiles_and_rates() -> None:
    assert [quantile([4.0, 1.0, 3.0, 2.0], share) for share in (0.25, 0.5, 0.95)] == [1, 2, 4]
    times = [RequestTime(1.0, 0.5, 11, 1), RequestTime(3.0, None, 0, 2)]
    found = summary(times, 1)
    assert found["latency_mean_s"] == 2 and found["latency_std_s"] == 1
    assert found["first_token_mean_s"] == 0.5 and found["decode_tokens_per_s_p50"] == 20
    assert found["retried_requests"] == 1
    assert summary([], 4) == {
        "latency_kind": "under_load_of_4",
        "requests": 0,
        "retried_requests": 0,
    }
