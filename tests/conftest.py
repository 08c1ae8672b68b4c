import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import pytest

from tests.archives import glyphs, write_tar


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """A library home of its own for every test, and no way to the network from the library."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("NOTMNIST_HOME", str(folder))
    monkeypatch.setenv("NOTMNIST_OFFLINE", "1")
    return folder


@pytest.fixture
def archive(tmp_path):
    """Thirty fonts' letters in the original layout."""
    return write_tar(tmp_path / "notMNIST_test.tar.gz", glyphs(30))
