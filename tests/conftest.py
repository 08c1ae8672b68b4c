import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import hypothesis
import pytest

from tests.archives import glyphs, write_tar
from tests.guard import guarded
from tests.loopback import loopback

hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Fails a test that tries to reach another machine, even if its code hid the error."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with guarded() as attempts:
        yield
    assert not attempts, f"the test tried to reach {attempts}"


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """Give every test a new library home, and keep the library off the network."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("NOTMNIST_HOME", str(folder))
    monkeypatch.setenv("NOTMNIST_OFFLINE", "1")
    monkeypatch.delenv("NOTMNIST_MIRRORS", raising=False)
    return folder


@pytest.fixture
def archive(tmp_path):
    """Letters of thirty fonts in the original layout."""
    return write_tar(tmp_path / "notMNIST_test.tar.gz", glyphs(30))


@pytest.fixture
def online(monkeypatch):
    """Lets the library open connections; the guard still limits it to this machine."""
    monkeypatch.delenv("NOTMNIST_OFFLINE")


@pytest.fixture
def server(online):
    """A scripted HTTP server on this machine."""
    with loopback() as running:
        yield running
