"""What `load()` without a name returns, and the warning that says so."""

import functools
import logging
import os
import socket
import threading
import time
from pathlib import Path

import pytest

from notmnist.datasets import default, info, load, load_data, prepare
from notmnist.datasets.editions import originals
from notmnist.datasets.fetching import mirrors
from notmnist.datasets.fetching.home import home
from notmnist.datasets.fetching.mirrors import Asset, RemoteFile
from notmnist.datasets.fetching.transfer import Settings
from notmnist.errors import ArgumentError, FallbackWarning, StoreError
from tests.loopback import Served, black_hole, unused_port
from tests.standins import members, serve, write_tar_gz

LARGE, SMALL = "notMNIST_large.tar.gz", "notMNIST_small.tar.gz"

HOPELESS = ("silent", "header that drips", "body that drips", "continue for ever")


@pytest.fixture
def original(server, monkeypatch, tmp_path):
    """A server of `original` with a few thousand images."""
    for name, count in (("large", 300), ("small", 20)):
        path = write_tar_gz(tmp_path / f"notMNIST_{name}.tar.gz", members(name, [count] * 10))
        serve(monkeypatch, server, name, path)
    monkeypatch.setattr(originals, "_VALID", {"original": 100})
    once = functools.partial(originals.fetch, settings=Settings(waits=()))
    monkeypatch.setattr(originals, "fetch", once)
    return server


@pytest.fixture
def moved(monkeypatch):
    """Make other mirrors the only ones for every file of the table."""

    def move(*urls):
        table = {
            name: Asset(name, (RemoteFile(f"{name}.tar.gz", urls, ("sha256", "0" * 64), 9),))
            for name in mirrors.ASSETS
        }
        monkeypatch.setattr(originals, "ASSETS", table)

    return move


def test_without_a_name_it_is_the_original_if_that_is_served(original, recwarn):
    assert prepare(verbose=0).sizes() == {"train": 2_900, "valid": 100, "test": 200}
    assert info(verbose=0).name == "original"
    assert not recwarn.list


def test_without_a_name_it_is_the_original_if_that_is_prepared(original, monkeypatch, recwarn):
    prepare("original", verbose=0)
    asked = len(original.requests)
    monkeypatch.setenv("NOTMNIST_OFFLINE", "1")
    assert prepare(download=False, verbose=0).sizes()["test"] == 200
    assert len(original.requests) == asked
    assert not recwarn.list


def test_without_a_name_it_is_the_original_if_its_files_are_there(original, monkeypatch, recwarn):
    for asset in originals.needed("original"):
        originals.fetch(asset, originals.downloads(), progress=False)
    monkeypatch.setenv("NOTMNIST_OFFLINE", "1")
    assert prepare(verbose=0).sizes()["test"] == 200
    assert not recwarn.list


def test_the_warning_is_short_names_reason_and_command_and_points_to_the_caller():
    for call in (functools.partial(load, format="numpy"), load_data, prepare, info):
        with pytest.warns(FallbackWarning) as caught:
            call(verbose=0)
        (warning,) = caught.list
        assert Path(warning.filename) == Path(__file__)
    message = str(warning.message)
    assert "'open', not 'original'" in message
    assert "NOTMNIST_OFFLINE is set" in message
    assert message.endswith("python -m notmnist prepare original")
    assert len(message) < 250


def test_download_false_opens_no_connection(original):
    with pytest.warns(FallbackWarning, match="download=False"):
        prepare(download=False, verbose=0)
    assert not original.requests


def test_without_a_network_the_reasons_are_in_the_log(online, moved, caplog):
    caplog.set_level(logging.INFO, "notmnist")
    moved("http://letters.invalid/", f"http://127.0.0.1:{unused_port()}/")
    with pytest.warns(FallbackWarning, match="no mirror answers"):
        prepare(verbose=0)
    assert "letters.invalid/small.tar.gz: the host's name cannot be resolved" in caplog.text
    assert "Connection refused" in caplog.text


def test_it_is_decided_within_fifteen_seconds_if_no_host_answers(server, moved, monkeypatch):
    prepare("open", verbose=0)
    assert default._SECONDS <= 12
    monkeypatch.setattr(default, "_SECONDS", 1.0)
    found, look_up = threading.Event(), socket.getaddrinfo

    def slow(host, *args, **kwargs):
        if host == "slow.invalid":
            found.wait(60)
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    server.served.update({f"{kind}/small.tar.gz": Served(bytes(9), kind) for kind in HOPELESS})
    with black_hole() as hole:
        urls = [f"{server.url}{kind}/" for kind in HOPELESS]
        moved(hole, "http://slow.invalid/", *urls)
        started = time.monotonic()
        with pytest.warns(FallbackWarning, match="no mirror answers"):
            prepare(verbose=0)
        assert time.monotonic() - started < 15
    waiting = [thread for thread in threading.enumerate() if "notmnist" in thread.name]
    assert waiting, "the lookup goes on"
    assert all(thread.daemon for thread in waiting), "it does not keep the process from ending"
    found.set()


def test_one_mirror_that_answers_is_enough(original, monkeypatch, recwarn):
    with black_hole() as hole:
        monkeypatch.setenv("NOTMNIST_MIRRORS", f"{hole} http://a.invalid")
        monkeypatch.setattr(default, "_SECONDS", 2.0)
        quick = functools.partial(originals.fetch, settings=Settings(connect=0.2, waits=()))
        monkeypatch.setattr(originals, "fetch", quick)
        assert info(verbose=0).name == "original"
    assert not recwarn.list


def test_a_failed_download_gives_open_and_is_not_remembered(original, caplog):
    caplog.set_level(logging.INFO, "notmnist")
    original.served[LARGE] = Served(original.served[LARGE].body, "reset after half")
    with pytest.warns(FallbackWarning, match="it could not be downloaded"):
        assert info(verbose=0).name == "open"
    assert f"Could not download {LARGE}" in caplog.text
    original.served[LARGE] = Served(original.served[LARGE].body)
    assert info(verbose=0).name == "original", "the next call tries again"


def test_a_full_home_is_an_error_not_another_edition(original, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NOTMNIST_HOME", str(tmp_path / "file"))
    with pytest.raises(StoreError, match="NOTMNIST_HOME"):
        prepare(verbose=0)


def test_a_home_that_cannot_exist_is_an_argument_error_that_names_it(monkeypatch):
    monkeypatch.delenv("NOTMNIST_HOME")
    for variable, value in (("KERAS_HOME", "~nouser/x"), ("NOTMNIST_HOME", "x" * 5_000)):
        monkeypatch.setenv(variable, value)
        with pytest.raises(ArgumentError, match=f"`{variable}` must be the path of a folder"):
            prepare(verbose=0)


def test_the_home_is_below_kerass_own(monkeypatch):
    monkeypatch.delenv("NOTMNIST_HOME")
    monkeypatch.setenv("KERAS_HOME", os.sep + "letters")
    assert home() == Path("/letters/datasets/notmnist")
    monkeypatch.setenv("NOTMNIST_HOME", "~/own")
    assert home() == Path.home() / "own"
