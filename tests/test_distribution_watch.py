import dataclasses
import queue
import socket
import threading

import pytest

from notmnist.distribution.addresses import Address, Hosts, hosts_of
from notmnist.distribution.meeting import answer, call
from notmnist.distribution.watch import Watch
from notmnist.errors import ArgumentError, ClusterError


def free_hosts(count):
    """A run on free ports of this machine, seen from process 0."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = tuple(Address("127.0.0.1", each.getsockname()[1]) for each in sockets)
    for each in sockets:
        each.close()
    return Hosts(addresses, 0)


def watches(count, timeout):
    """The watches of a run that has met, and a queue of what each says of a loss."""
    hosts = free_hosts(count)
    losses = [queue.Queue() for _ in range(count)]
    made = [
        Watch(dataclasses.replace(hosts, index=index), timeout, losses[index].put)
        for index in range(count)
    ]
    threads = [threading.Thread(target=watch.start, args=(20,)) for watch in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return hosts, made, losses


def leave(watch):
    thread = threading.Thread(target=watch.leave)
    thread.start()
    return thread


def test_processes_that_leave_one_after_the_other_lose_nobody():
    _, made, losses = watches(3, 30)
    threads = [leave(watch) for watch in (made[2], made[0], made[1])]
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert all(loss.empty() for loss in losses)


@pytest.mark.parametrize("victim", [0, 2])
def test_all_others_learn_which_process_ended_with_an_error(victim):
    hosts, made, losses = watches(3, 30)
    made[victim].drop(0)
    for index in {0, 1, 2} - {victim}:
        message = losses[index].get(timeout=20)
        assert f"Lost process {victim} (127.0.0.1:{hosts.addresses[victim].port})" in message
        assert "closed its connection" in message
        assert f"process {index} (127.0.0.1:" in message
        assert "status 3" in message


def test_a_process_that_hangs_is_lost_after_the_timeout():
    _, made, losses = watches(3, 1.0)
    for watch in made:
        watch.ready()
    made[1]._tell = lambda line: None  # its connection stays, but nothing comes
    for index in (0, 2):
        assert "Lost process 1" in (message := losses[index].get(timeout=20))
        assert "said nothing for 1 seconds" in message


def test_a_process_that_is_still_starting_may_be_silent():
    _, made, losses = watches(2, 0.3)
    made[0].ready()
    made[1]._tell = lambda line: None
    with pytest.raises(queue.Empty):
        losses[0].get(timeout=1.5)
    made[1].drop(0)
    assert "closed its connection" in losses[0].get(timeout=20)


def test_a_process_that_nobody_calls_says_which_one_did_not():
    hosts = dataclasses.replace(free_hosts(2), index=1)
    with pytest.raises(ClusterError, match=r"Process 0 \(127.0.0.1:\d+\) did not call within 0.2"):
        answer(hosts, 0.2)


def test_a_process_that_does_not_answer_is_named():
    with pytest.raises(ClusterError, match=r"Cannot reach process 1 \(127.0.0.1:\d+\) within 0"):
        call(free_hosts(2), 1, 0)


def test_two_runs_do_not_mix():
    hosts = free_hosts(2)
    other = dataclasses.replace(
        hosts, addresses=(Address("127.0.0.1", 1), hosts.addresses[1]), index=1
    )
    failures = []

    def listen():
        with pytest.raises(ClusterError, match="`hosts` must be the same") as failure:
            answer(other, 20)
        failures.append(failure)

    thread = threading.Thread(target=listen)
    thread.start()
    with pytest.raises(ClusterError, match="`hosts` must be the same"):
        call(hosts, 1, 20)
    thread.join(20)
    assert failures


def test_a_stranger_who_connects_first_does_no_harm():
    hosts = free_hosts(2)
    met = []
    thread = threading.Thread(
        target=lambda: met.append(answer(dataclasses.replace(hosts, index=1), 20))
    )
    thread.start()
    for _ in range(200):
        try:
            stranger = socket.create_connection(("127.0.0.1", hosts.addresses[1].port))
            break
        except OSError:
            threading.Event().wait(0.05)
    stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
    peer = call(hosts, 1, 20)
    thread.join(20)
    assert met
    for connection in (stranger, peer, met[0]):
        connection.close()


def test_an_address_that_is_taken_is_an_error_that_says_so():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        hosts = Hosts((Address("127.0.0.1", 1), Address("127.0.0.1", port)), 1)
        with pytest.raises(ClusterError, match=f"Cannot listen at 127.0.0.1:{port}"):
            answer(hosts, 1)


@pytest.mark.parametrize(
    ("hosts", "index", "environment", "message"),
    [
        (None, 0, {}, "hosts=None"),
        ("a", 0, {}, "hosts='a'"),
        ("a:0", 0, {}, "hosts='a:0'"),
        ("a:1,b:70000", 0, {}, "hosts='a:1,b:70000'"),
        ("a:1,a:1", 0, {}, "name every process once. Received: hosts='a:1,a:1'"),
        ("a:1,b:1", 2, {}, "be 0 to 1, .* Received: index=2"),
        ("a:1,b:1", -1, {}, "Received: index=-1"),
        ("a:1,b:1", None, {}, "index=None"),
        ("a:1,b:1", None, {"SLURM_PROCID": "x"}, "`SLURM_PROCID` must be an integer"),
    ],
)
def test_wrong_hosts_are_refused(hosts, index, environment, message):
    with pytest.raises(ArgumentError, match=message):
        hosts_of(hosts, index, environment)


@pytest.mark.parametrize(
    ("environment", "index"),
    [
        ({"SLURM_PROCID": "1"}, 1),
        ({"OMPI_COMM_WORLD_RANK": "1", "PMI_RANK": "0"}, 1),
        ({"JOB_COMPLETION_INDEX": "0"}, 0),
        ({"KERAS_DISTRIBUTION_PROCESS_ID": "0", "SLURM_PROCID": "1"}, 0),
    ],
)
def test_a_scheduler_says_which_process_this_is(environment, index):
    environment["KERAS_DISTRIBUTION_JOB_ADDRESSES"] = "[::1]:4000, b:4001"
    hosts = hosts_of(None, None, environment)
    assert hosts.index == index
    assert [str(address) for address in hosts.addresses] == ["[::1]:4000", "b:4001"]
    assert hosts.addresses[0].is_loopback
    assert not hosts.addresses[1].is_loopback
