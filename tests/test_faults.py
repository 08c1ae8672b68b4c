"""Preparing an edition under kill -9, Ctrl-C, a full disk, a read-only home, and eight at once."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from notmnist.datasets import load, prepare
from notmnist.errors import IntegrityError, StoreError
from tests.disk import remount, small_disk
from tests.interrupted import digest, files
from tests.loopback import Served
from tests.standins import members, serve, sha256, write_tar_gz

ROOT = Path(__file__).parents[1]
NAME = "notMNIST_small.tar.gz"


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    return write_tar_gz(tmp_path_factory.mktemp("packed") / NAME, members("small", [60] * 10))


@pytest.fixture
def small(server, packed, monkeypatch):
    """`small` with six hundred images, served on this machine."""
    serve(monkeypatch, server, "small", packed)
    return server


@pytest.fixture
def expected(small, monkeypatch, tmp_path, home):
    """The digest of the examples, and the files of a home, if nothing goes wrong."""
    monkeypatch.setenv("NOTMNIST_HOME", str(tmp_path / "undisturbed"))
    found = digest(prepare("small", verbose=0)), files(tmp_path / "undisturbed")
    monkeypatch.setenv("NOTMNIST_HOME", str(home))
    return found


def struck(server, packed, root, signal, step=1):
    """The reports of `tests.interrupted` on each point."""
    job = {
        "name": NAME,
        "url": server.url,
        "sha256": sha256(packed),
        "size": packed.stat().st_size,
        "root": str(root),
        "signal": signal,
        "step": step,
    }
    command = [sys.executable, "-m", "tests.interrupted", json.dumps(job)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def litter(paths):
    return [path for path in paths if ".tmp" in path or ".raw" in path or ".part" in path]


STAGES = {
    "download": r"open \.notMNIST_small.tar.gz.part|os.rename notMNIST_small.tar.gz",
    "read": "open notMNIST_small.tar.gz",
    "write": r"open .*\.npy",
    "move": r"os.rename v3-",
}


def test_a_process_killed_at_any_point_leaves_nothing_that_the_next_one_stumbles_over(
    small, packed, expected, tmp_path
):
    *reports, last = struck(small, packed, tmp_path, "SIGKILL")
    assert last["status"] == 0
    assert len(reports) >= 20
    for report in reports:
        assert report["status"] == -9, report
        assert report["digest"] == expected[0], report
        assert report["after"] == expected[1], report
    for stage, event in STAGES.items():
        struck_there = [report for report in reports if re.match(event, report["event"])]
        assert struck_there, f"no process was killed at {stage}"
    assert any(litter(report["left"]) for report in reports), "otherwise nothing was tested"


def test_ctrl_c_at_every_second_point_leaves_no_litter(small, packed, expected, tmp_path):
    *reports, last = struck(small, packed, tmp_path, "SIGINT", step=2)
    assert last["status"] == 0
    assert len(reports) >= 10
    for report in reports:
        assert report["status"] == 130, report
        assert not [path for path in litter(report["left"]) if not path.endswith(".part")], report
        assert (report["digest"], report["after"]) == expected, report


def test_eight_processes_at_once_download_once_and_agree_on_one_copy(
    small, packed, expected, tmp_path
):
    small.requests.clear()
    script = (
        "import os, sys\n"
        "from tests.interrupted import digest\n"
        "from notmnist.datasets import prepare\n"
        "from notmnist.datasets.editions import originals\n"
        "from notmnist.datasets.fetching.mirrors import Asset, RemoteFile\n"
        "url, sha256 = sys.argv[1:]\n"
        f"file = RemoteFile({NAME!r}, (url,), ('sha256', sha256))\n"
        "originals.ASSETS = {'small': Asset('small', (file,))}\n"
        "def hook(event, args):\n"
        "    if event == 'os.rename' and '/v3-' in str(args[1]): os.write(1, b'moved\\n')\n"
        "sys.addaudithook(hook)\n"
        "children = []\n"
        "for _ in range(8):\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        os.write(1, digest(prepare('small', verbose=0)).encode() + b'\\n')\n"
        "        os._exit(0)\n"
        "    children.append(child)\n"
        "print(sum(os.waitpid(child, 0)[1] for child in children))\n"
    )
    command = [sys.executable, "-c", script, small.url, sha256(packed)]
    environment = os.environ | {"NOTMNIST_HOME": str(tmp_path / "shared")}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, timeout=120, env=environment
    )
    assert sorted(done.stdout.split()) == sorted([expected[0]] * 8 + ["0", "moved"]), done.stderr
    assert len(small.requests) == 1
    assert files(tmp_path / "shared") == expected[1]


@pytest.mark.parametrize("kilobytes", [12, 300, 700])
def test_a_disk_that_fills_up_is_an_error_that_says_so_and_leaves_no_litter(
    small, expected, monkeypatch, tmp_path, kilobytes
):
    """From the download (45 kB) over reading (470 kB) to writing (470 kB more)."""
    with small_disk(tmp_path / "disk", f"size={kilobytes}k") as folder:
        monkeypatch.setenv("NOTMNIST_HOME", str(folder))
        with pytest.raises(StoreError, match=r"No space left.*NOTMNIST_HOME"):
            prepare("small", verbose=0)
        assert not litter(files(folder))
        remount(folder, "size=20m")
        assert digest(prepare("small", verbose=0)) == expected[0], "the next call works"
        assert files(folder) == expected[1]


def test_a_read_only_home_gives_what_is_prepared_and_refuses_the_rest(
    small, expected, monkeypatch, tmp_path
):
    with small_disk(tmp_path / "disk", "size=20m") as folder:
        monkeypatch.setenv("NOTMNIST_HOME", str(folder))
        remount(folder, "ro")
        with pytest.raises(StoreError, match=r"Read-only file system.*NOTMNIST_HOME"):
            prepare("small", verbose=0)
        remount(folder, "rw")
        prepare("small", verbose=0)
        remount(folder, "ro")
        assert digest(prepare("small", verbose=0)) == expected[0]
        with pytest.raises(StoreError, match="Read-only file system"):
            prepare("open", verbose=0)


def test_a_truncated_or_incomplete_store_is_prepared_again(small, expected):
    store = prepare("small", verbose=0)
    for name in ("train-images.npy", "manifest.json", "fonts.json"):
        path = store.folder / name
        path.write_bytes(path.read_bytes()[:-7])
        assert digest(prepare("small", verbose=0)) == expected[0]
        path.unlink()
        assert digest(prepare("small", verbose=0)) == expected[0]
    assert len(small.requests) == 2, "one for `expected`, one here: the archive was kept"


def test_an_archive_damaged_on_disk_after_the_download_is_fetched_again(small, expected, home):
    prepare("small", verbose=0)
    archive = home / "downloads" / NAME
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 1
    archive.write_bytes(data)
    shutil.rmtree(home / "store")
    assert digest(prepare("small", verbose=0)) == expected[0]


def test_a_mirror_of_wrong_bytes_is_an_integrity_error_and_no_store(small, home, monkeypatch):
    small.served[NAME] = Served(small.served[NAME].body, "wrong bytes")
    with pytest.raises(IntegrityError, match="wrong sha256"):
        load("small", verbose=0)
    assert not files(home)
