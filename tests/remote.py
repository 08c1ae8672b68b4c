"""A small file to download, and the way the tests download it."""

import hashlib

from notmnist.datasets.fetching.download import fetch
from notmnist.datasets.fetching.mirrors import Asset, RemoteFile
from notmnist.datasets.fetching.transfer import Timeouts

BODY = bytes(range(256)) * 800  # 12.5 chunks
NAME = "letters.tar.gz"
QUICK = Timeouts(1.0, 1.0)


def remote(*mirrors, body=BODY, name=NAME, **kwargs):
    checks = {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body)}
    return RemoteFile(name, mirrors, **(kwargs or checks))


def asset(*mirrors, **kwargs):
    return Asset("letters", (remote(*mirrors, **kwargs),))


def get(wanted, folder, **kwargs):
    kwargs = {"progress": False, "timeouts": QUICK, "waits": ()} | kwargs
    return fetch(wanted, folder, **kwargs)


def visible(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")
