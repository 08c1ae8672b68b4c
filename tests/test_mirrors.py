import re
import traceback

import pytest

from notmnist.datasets.fetching.mirrors import (
    ASSETS,
    Asset,
    RemoteFile,
    own_mirrors,
    trusted_hosts,
)
from notmnist.errors import ArgumentError

FILES = [file for asset in ASSETS.values() for file in asset.files]
LENGTHS = {"sha256": 64, "md5": 32, "git_blob": 40}


def test_every_file_has_a_name_of_its_own_a_check_and_a_mirror():
    for file in FILES:
        kind, digest = file.check
        assert re.fullmatch(f"[0-9a-f]{{{LENGTHS[kind]}}}", digest), file
        assert file.mirrors
        assert all(re.fullmatch(r"https?://[^ ]+/", mirror) for mirror in file.mirrors), file
        assert file.size is not None or file.limit < 2**31
    assert len({file.name for file in FILES}) == len(FILES) == 8


def test_the_archives_come_from_three_places():
    for name in ("large", "small"):
        hosts = {mirror.split("/")[2] for file in ASSETS[name].files for mirror in file.mirrors}
        assert len(hosts) == 3


def test_the_urls_of_an_asset_begin_with_your_own_mirrors_for_every_form(monkeypatch):
    monkeypatch.setenv("NOTMNIST_MIRRORS", "http://a.invalid/x/  https://b.invalid")
    files = [
        RemoteFile(name, ("http://c.invalid/",), ("md5", "0" * 32)) for name in ("x.zip", "x.tar")
    ]
    assert Asset("letters", tuple(files)).urls() == [
        (files[0], "http://a.invalid/x/x.zip"),
        (files[0], "https://b.invalid/x.zip"),
        (files[1], "http://a.invalid/x/x.tar"),
        (files[1], "https://b.invalid/x.tar"),
        (files[0], "http://c.invalid/x.zip"),
        (files[1], "http://c.invalid/x.tar"),
    ]


NO_FOLDERS = [
    "/data/letters",
    "ftp://me:s3cret@a.invalid",
    "https://",
    "https://me:s3cret@",
    "https://me:s3cret/@a.invalid",
    "https://me:s3cret@a.invalid:port",
    "https://me:8#s3cret@a.invalid",
    "https://me:8?s3cret@a.invalid",
    "http://[",
]


def test_a_mirror_that_is_not_a_url_is_refused_and_its_password_not_shown(monkeypatch):
    for url in NO_FOLDERS:
        monkeypatch.setenv("NOTMNIST_MIRRORS", f"http://a.invalid {url}")
        with pytest.raises(ArgumentError, match="must be http or https") as caught:
            own_mirrors()
        assert "s3cret" not in "".join(traceback.format_exception(caught.value)), url


def test_redirects_are_trusted_to_hosts_of_the_table_and_your_own(monkeypatch):
    monkeypatch.setenv("NOTMNIST_MIRRORS", "https://me:s3cret@Intra.invalid:8443/x")
    assert trusted_hosts() == {
        "commondatastorage.googleapis.com",
        "intra.invalid",
        "raw.githubusercontent.com",
        "yaroslavvb.com",
        "zenodo.org",
    }
