import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guard import ForbiddenError, guarded
from tests.loopback import loopback

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("family", "method"), [(socket.AF_INET, "connect"), (socket.AF_INET6, "connect_ex")]
)
def test_the_guard_refuses_and_records_another_machine(family, method):
    address = "192.0.2.1" if family == socket.AF_INET else "2001:db8::1"  # for documentation
    with (
        guarded() as attempts,
        socket.socket(family) as client,
        pytest.raises(ForbiddenError, match=address),
    ):
        getattr(client, method)((address, 80))
    assert attempts == [address]


def test_the_guard_refuses_to_look_up_another_machine():
    with guarded() as attempts, pytest.raises(ForbiddenError, match="example"):
        socket.getaddrinfo("notmnist.example", 80)
    assert attempts == ["notmnist.example"]


def test_the_guard_lets_this_machine_through():
    with guarded() as attempts, loopback() as server:
        port = int(server.url.rpartition(":")[2].strip("/"))
        socket.create_connection(("localhost", port), timeout=5).close()
    assert attempts == []


def test_a_test_that_hides_its_attempt_fails_all_the_same(tmp_path):
    test = tmp_path / "test_hidden.py"
    test.write_text(
        "import contextlib, socket\n"
        "from tests.conftest import no_network\n"
        "def test_hidden():\n"
        "    with contextlib.suppress(BaseException), socket.socket() as client:\n"
        "        client.connect(('192.0.2.1', 80))\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 1, done.stdout
    assert "tried to reach ['192.0.2.1']" in done.stdout
