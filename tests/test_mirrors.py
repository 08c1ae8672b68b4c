import re

import pytest
from notmnist.datasets.mirrors import ASSETS, RemoteFile

from notmnist.datasets import mirrors
from notmnist.errors import ArgumentError

FILES = [file for asset in ASSETS.values() for file in asset.files]
LENGTHS = {"sha256": 64, "md5": 32, "git_blob": 40}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_mirror_of_every_file_has_a_check(file):
    kind, digest = file.check
    assert re.fullmatch(f"[0-9a-f]{{{LENGTHS[kind]}}}", digest)
    assert file.mirrors
    for mirror in file.mirrors:
        assert re.fullmatch(r"https?://[^ ]+/", mirror)
    assert file.size is not None or file.limit < 2**31


def test_every_file_has_a_name_of_its_own():
    names = [file.name for file in FILES]
    assert len(set(names)) == len(names) == 8


def test_the_archives_come_from_three_places():
    for name in ("large", "small"):
        hosts = {mirror.split("/")[2] for file in ASSETS[name].files for mirror in file.mirrors}
        assert len(hosts) == 3


def test_the_urls_of_a_file_begin_with_mirrors_of_ones_own(monkeypatch):
    monkeypatch.setenv("NOTMNIST_MIRRORS", "http://a.invalid/x/  https://b.invalid")
    file = RemoteFile("letters.zip", ("http://c.invalid/",), md5="0" * 32)
    urls = ["http://a.invalid/x/letters.zip", "https://b.invalid/letters.zip"]
    assert list(file.urls()) == [*urls, "http://c.invalid/letters.zip"]


def test_a_row_without_a_check_is_refused():
    with pytest.raises(ArgumentError, match="`check` must be given"):
        _ = RemoteFile("letters.zip", ("http://letters.invalid/",)).check


def test_the_names_are_all_there_is():
    own = {name for name, value in vars(mirrors).items() if not name.startswith("_")
           and getattr(value, "__module__", mirrors.__name__) == mirrors.__name__}  # fmt: skip
    assert mirrors.__all__ == sorted(mirrors.__all__)
    assert set(mirrors.__all__) <= own
