import functools
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from notmnist.datasets.integrity import Facts
from notmnist.datasets.mirrors import Asset, RemoteFile

import notmnist
from notmnist.datasets import (
    fallback,
    info,
    load,
    load_data,
    mirrors,
    originals,
    prepare,
    reachability,
)
from notmnist.errors import FallbackWarning, StoreError
from tests.loopback import Served, black_hole, unused_port
from tests.standins import members, serve, write_tar_gz


@pytest.fixture(autouse=True)
def _nothing_remembered():
    for memory in (fallback, reachability):
        memory.forget()
    yield
    for memory in (fallback, reachability):
        memory.forget()


@pytest.fixture
def original(server, monkeypatch, tmp_path):
    """A server of `original` with a few thousand images."""
    for name, count in (("large", 300), ("small", 20)):
        facts = Facts(10 * count, (count,) * 10, originals.FACTS[name].unreadable)
        monkeypatch.setattr(originals, "FACTS", dict(originals.FACTS) | {name: facts})
        path = write_tar_gz(tmp_path / f"notMNIST_{name}.tar.gz", members(name, facts))
        serve(monkeypatch, server, name, path)
    monkeypatch.setattr(originals, "_VALID", {"original": 100})
    return server


@pytest.fixture
def moved(monkeypatch):
    """Moves every file of the table to other mirrors."""

    def move(*urls):
        table = {
            name: Asset(name, (RemoteFile(f"{name}.tar.gz", urls, sha256="0" * 64, size=9),))
            for name in mirrors.ASSETS
        }
        monkeypatch.setattr(originals, "ASSETS", table)

    return move


def sizes_of_default(**kwargs):
    return prepare(verbose=0, **kwargs).sizes()


def test_without_a_name_it_is_the_original_where_that_is_served(original, recwarn):
    assert sizes_of_default() == {"train": 2_900, "valid": 100, "test": 200}
    assert info(verbose=0).name == "original"
    assert not recwarn.list


def test_without_a_name_it_is_the_original_where_that_is_prepared(original, monkeypatch, recwarn):
    prepare("original", verbose=0)
    asked = len(original.requests)
    monkeypatch.setenv("NOTMNIST_OFFLINE", "1")
    assert sizes_of_default(download=False)["test"] == 200
    assert len(original.requests) == asked
    assert not recwarn.list


def test_without_a_name_it_is_the_original_where_its_files_lie(original, monkeypatch, recwarn):
    for asset in originals.needed("original"):
        originals.fetch(asset, originals.downloads(), progress=False)
    monkeypatch.setenv("NOTMNIST_OFFLINE", "1")
    assert sizes_of_default()["test"] == 200
    assert not recwarn.list


@pytest.mark.parametrize("call", [load, load_data, prepare, info, notmnist.load])
def test_the_warning_names_edition_reason_and_remedy_and_points_to_the_caller(call):
    with pytest.warns(FallbackWarning) as caught:
        call(verbose=0)
    (warning,) = caught.list
    message = str(warning.message)
    assert "'open', not 'original'" in message
    assert "NOTMNIST_OFFLINE is set" in message
    assert "notmnist.load('original')" in message
    assert Path(warning.filename) == Path(__file__)


def test_download_false_opens_no_connection(original):
    with pytest.warns(FallbackWarning, match="download=False"):
        load(download=False, verbose=0)
    assert not original.requests


def test_no_network_is_found_at_once(online, moved):
    moved("http://letters.invalid/", f"http://127.0.0.1:{unused_port()}/")
    prepare("open", verbose=0)
    started = time.monotonic()
    with pytest.warns(FallbackWarning, match="name cannot be resolved"):
        load(verbose=0, format="numpy")
    assert time.monotonic() - started < 10


def test_swallowed_packets_are_waited_for_once_and_less_than_fifteen_seconds(online, moved):
    prepare("open", verbose=0)
    with black_hole() as one, black_hole() as two:
        moved(one, two)
        started = time.monotonic()
        with pytest.warns(FallbackWarning, match="no connection within 5 s"):
            load(verbose=0, format="numpy")
        assert time.monotonic() - started < 15
        started = time.monotonic()
        with pytest.warns(FallbackWarning, match="no connection within 5 s"):
            load(verbose=0, format="numpy")
        assert time.monotonic() - started < 4, "one connection time-out is 5 s"


@pytest.mark.parametrize("fault", ["wrong bytes", "short body", "reset after half"])
def test_mirrors_that_answer_and_fail_are_remembered_too(original, fault, monkeypatch):
    monkeypatch.setattr(originals, "fetch", functools.partial(originals.fetch, waits=()))
    path = "notMNIST_large.tar.gz"
    original.served[path] = Served(original.served[path].body, fault)
    with pytest.warns(FallbackWarning, match=r"notMNIST_large\.tar\.gz"):
        assert info(verbose=0).name == "open"
    asked = len(original.requests)
    with pytest.warns(FallbackWarning, match=r"notMNIST_large\.tar\.gz"):
        assert info(verbose=0).name == "open"
    assert len(original.requests) == asked
    original.served[path] = Served(original.served[path].body)
    assert info("original", verbose=0).name == "original"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert info(verbose=0).name == "original", "what came by name is there without a name"


def test_a_full_home_is_an_error_not_another_edition(original, monkeypatch, home, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NOTMNIST_HOME", str(tmp_path / "file"))
    with pytest.raises(StoreError, match="NOTMNIST_HOME"):
        load(verbose=0)


def test_open_by_name_does_not_warn(recwarn):
    images, _ = next(iter(load("open", format="numpy", verbose=0)))
    assert images.dtype == np.uint8
    assert not recwarn.list
