import inspect
import time

import pytest

from notmnist.datasets.mirrors import Asset, RemoteFile
from notmnist.datasets.reachability import forget, why_unreachable
from tests.loopback import Served, black_hole, unused_port

BODY = b"letters" * 100


@pytest.fixture(autouse=True)
def _nothing_remembered():
    forget()
    yield
    forget()


def asset(*mirrors, name="letters"):
    file = RemoteFile(name, mirrors, sha256="0" * 64, size=len(BODY))
    return Asset(name, (file,))


def test_one_mirror_that_answers_is_enough_and_is_not_waited_behind_dead_ones(server):
    server.served["letters"] = Served(BODY)
    closed = f"http://127.0.0.1:{unused_port()}/"
    with black_hole() as hole:
        started = time.monotonic()
        assert why_unreachable([asset(hole, closed, "http://a.invalid/", server.url)]) is None
        assert time.monotonic() - started < 4, "one connection time-out is 5 s"


def test_it_is_decided_in_time_when_every_host_swallows_packets(online):
    with black_hole() as one, black_hole() as two:
        started = time.monotonic()
        reason = why_unreachable([asset(one, two), asset(one, two, name="more")], timeout=1.0)
        assert 0.9 < time.monotonic() - started < 10
        assert "no answer within 1 s" in reason or "no connection within 1 s" in reason
    assert inspect.signature(why_unreachable).parameters["timeout"].default == 15


def test_a_host_that_accepts_and_says_nothing_is_no_mirror(server):
    server.served["letters"] = Served(BODY, "silent")
    started = time.monotonic()
    assert "no answer within 0.5 s" in why_unreachable([asset(server.url)], timeout=0.5)
    assert time.monotonic() - started < 10


def test_it_is_decided_at_once_where_no_name_can_be_resolved(online):
    started = time.monotonic()
    reason = why_unreachable([asset("http://a.invalid/", "https://b.invalid/")])
    assert time.monotonic() - started < 10
    assert reason.count("the host's name cannot be resolved") == 2


@pytest.mark.parametrize("fault", ["status 404", "status 500", "short file", "reset at once"])
def test_a_server_that_does_not_serve_the_file_is_no_mirror(server, fault):
    server.served["letters"] = Served(BODY, fault)
    assert server.url in why_unreachable([asset(server.url)])


def test_every_asset_is_needed(server):
    server.served["letters"] = Served(BODY)
    one, other = asset(server.url), asset(server.url, name="more")
    assert why_unreachable([one]) is None
    assert "more: HTTP status 404" in why_unreachable([one, other])


def test_the_answer_is_remembered_and_can_be_forgotten(server):
    server.served["letters"] = Served(BODY, "status 503", healthy_after=1)
    assert why_unreachable([asset(server.url)]) == f"{server.url}letters: HTTP status 503"
    assert why_unreachable([asset(server.url)]) == f"{server.url}letters: HTTP status 503"
    assert len(server.requests) == 1
    forget()
    assert why_unreachable([asset(server.url)]) is None


def test_offline_asks_nobody(server, monkeypatch):
    monkeypatch.setenv("NOTMNIST_OFFLINE", "1")
    assert why_unreachable([asset(server.url)]) == "NOTMNIST_OFFLINE is set"
    assert not server.requests
