"""Downloads that stop half-way, and how the next call, process or mirror resumes them."""

import errno
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from notmnist.datasets.fetching.mirrors import Asset
from notmnist.errors import StoreError
from tests.disk import remount, small_disk
from tests.loopback import Served
from tests.remote import BODY, NAME, QUICK, asset, get, remote, visible, wait_for

ROOT = Path(__file__).parents[1]


def test_what_one_mirror_began_the_next_one_ends(server, tmp_path):
    server.served["bad/" + NAME] = Served(BODY, "reset after half")
    server.served["good/" + NAME] = Served(BODY)
    wanted = asset(server.url + "bad/", server.url + "good/")
    assert get(wanted, tmp_path, **QUICK).read_bytes() == BODY
    (asked,) = server.asked("good/" + NAME)
    assert asked is not None
    assert 0 < int(asked.removeprefix("bytes=").rstrip("-")) <= len(BODY) // 2


def test_a_call_goes_on_where_another_process_was_cut_off(server, tmp_path):
    server.served[NAME] = Served(BODY)
    (tmp_path / f".{NAME}.part").write_bytes(BODY[:1000])
    assert get(asset(server.url), tmp_path).read_bytes() == BODY
    assert server.asked(NAME) == ["bytes=1000-"]


@pytest.mark.parametrize(
    ("served", "asked"),
    [
        (Served(BODY, ranges=False), ["bytes=1000-"]),
        (Served(BODY, bad_ranges=7), ["bytes=1000-", None]),
        (Served(BODY, "status 416", healthy_after=1), ["bytes=1000-", None]),
    ],
)
def test_a_server_that_cannot_resume_starts_again(server, tmp_path, served, asked):
    server.served[NAME] = served
    (tmp_path / f".{NAME}.part").write_bytes(BODY[:1000])
    assert get(asset(server.url), tmp_path).read_bytes() == BODY
    assert server.asked(NAME) == asked


def test_a_mirror_that_lacks_the_file_leaves_the_part_to_the_others(server, tmp_path):
    server.served["good/" + NAME] = Served(BODY)
    (tmp_path / f".{NAME}.part").write_bytes(BODY[:1000])
    get(asset(server.url + "without/", server.url + "good/"), tmp_path)
    assert server.asked("without/" + NAME) == ["bytes=1000-", None]
    assert server.asked("good/" + NAME) == ["bytes=1000-"]


def test_wrong_bytes_from_before_are_dropped_and_the_mirror_asked_again(server, tmp_path):
    server.served[NAME] = Served(BODY)
    for length in (1000, len(BODY), len(BODY) + 1):
        (tmp_path / f".{NAME}.part").write_bytes(b"x" * length)
        path = get(asset(server.url), tmp_path)
        assert path.read_bytes() == BODY, length
        assert server.asked(NAME)[-1] is None, length
        path.unlink()


def test_a_download_killed_between_its_last_byte_and_its_name_is_finished_at_once(server, tmp_path):
    (tmp_path / f".{NAME}.part").write_bytes(BODY)
    assert get(asset(server.url), tmp_path).read_bytes() == BODY
    assert not server.requests


def test_a_wrong_file_under_the_right_name_is_replaced(server, tmp_path):
    server.served[NAME] = Served(BODY)
    (tmp_path / NAME).write_bytes(BODY[:100])
    assert get(asset(server.url), tmp_path).read_bytes() == BODY


def test_ctrl_c_leaves_a_part_that_the_next_call_resumes(server, tmp_path):
    server.served[NAME] = Served(BODY, "stall after half", healthy_after=1)
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        get(asset(server.url), tmp_path, read=30.0)
    assert time.monotonic() - started < 10, "stopped at once, not after the time-out"
    assert visible(tmp_path) == [f".{NAME}.part"]
    assert get(asset(server.url), tmp_path).read_bytes() == BODY
    assert server.asked(NAME)[1] == f"bytes={6 << 14}-"


SCRIPT = """
import sys
from pathlib import Path
from notmnist.datasets.fetching.download import fetch
from notmnist.datasets.fetching.mirrors import Asset, RemoteFile
from notmnist.datasets.fetching.transfer import Settings
url, folder, sha256, size = sys.argv[1:]
file = RemoteFile("letters.tar.gz", (url,), ("sha256", sha256), int(size))
print("ready", flush=True)
path = fetch(Asset("letters", (file,)), Path(folder), progress=False, settings=Settings(5, 5))
print(path)
"""


def start(url, folder, body=BODY):
    command = [sys.executable, "-c", SCRIPT, url, str(folder)]
    command += [hashlib.sha256(body).hexdigest(), str(len(body))]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_a_killed_download_is_resumed_by_the_next_process(server, tmp_path):
    server.served[NAME] = Served(BODY, "stall after half", healthy_after=1)
    partial = tmp_path / f".{NAME}.part"
    with start(server.url, tmp_path) as process:
        wait_for(lambda: partial.exists() and partial.stat().st_size > 0)
        process.kill()
    assert visible(tmp_path) == [partial.name]
    with start(server.url, tmp_path) as process:
        assert process.communicate(timeout=60)[0].split() == ["ready", str(tmp_path / NAME)]
    assert (tmp_path / NAME).read_bytes() == BODY
    assert visible(tmp_path) == [NAME]
    assert server.asked(NAME)[0] is None
    assert server.asked(NAME)[1] is not None


def test_a_folder_that_cannot_be_made_is_a_store_error_that_says_so(server, tmp_path):
    server.served[NAME] = Served(BODY)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="NOTMNIST_HOME") as caught:
        get(asset(server.url), tmp_path / "file" / "folder")
    assert repr(str(tmp_path / "file" / "folder")) in str(caught.value)


def test_a_full_disk_is_a_store_error_and_gets_its_space_back(server, tmp_path):
    server.served[NAME] = Served(BODY)
    with small_disk(tmp_path / "disk", "size=128k") as disk:
        with pytest.raises(StoreError, match="No space left") as caught:
            get(asset(server.url), disk)
        assert caught.value.__cause__.errno == errno.ENOSPC
        assert visible(disk) == []
        remount(disk, "size=1m")
        assert get(asset(server.url), disk).read_bytes() == BODY, "the next call works"


def test_a_read_only_folder_serves_what_it_has_and_refuses_what_it_lacks(server, tmp_path):
    server.served[NAME] = Served(BODY)
    with small_disk(tmp_path / "disk", "size=1m") as disk:
        (disk / NAME).write_bytes(BODY)
        remount(disk, "ro")
        assert get(asset(server.url), disk) == disk / NAME
        with pytest.raises(StoreError, match="Read-only file system"):
            get(Asset("more", (remote(server.url, name="more.tar.gz"),)), disk)
