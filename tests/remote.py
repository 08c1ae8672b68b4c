"""A small file to download, and functions to download it in tests."""

import hashlib
import threading
import time

from notmnist.datasets.fetching.download import fetch
from notmnist.datasets.fetching.mirrors import Asset, RemoteFile
from notmnist.datasets.fetching.transfer import Settings

BODY = bytes(range(256)) * 800  # 12.5 chunks
NAME = "letters.tar.gz"
PATIENT = Settings(connect=10, read=10, lock=60, waits=())
QUICK = {"connect": 0.5, "read": 0.5}


def remote(*mirrors, body=BODY, name=NAME, check=None, size=None, limit=1 << 20):
    if check is None:
        check, size = ("sha256", hashlib.sha256(body).hexdigest()), len(body)
    return RemoteFile(name, mirrors, check, size=size, limit=limit)


def asset(*mirrors, **kwargs):
    return Asset("letters", (remote(*mirrors, **kwargs),))


def get(wanted, folder, *, download=True, progress=False, **settings):
    return fetch(
        wanted, folder, download=download, progress=progress, settings=PATIENT._replace(**settings)
    )


def visible(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def wait_for(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def no_transfer():
    """Return whether the threads of all downloads have ended."""
    return not any("notmnist" in thread.name for thread in threading.enumerate())
