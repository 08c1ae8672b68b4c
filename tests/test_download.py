import hashlib
import logging
import re
import traceback

import filelock
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notmnist.datasets.fetching.mirrors import Asset
from notmnist.datasets.fetching.transfer import Settings
from notmnist.errors import DownloadError, IntegrityError, StoreError
from tests.loopback import Served, black_hole, loopback, unused_port
from tests.remote import BODY, NAME, QUICK, asset, get, no_transfer, remote, visible, wait_for

# What the error says about each fault.
REASONS = {
    "status 404": "HTTP status 404",
    "status 500": "HTTP status 500",
    "status 416": "HTTP status 416",
    "reset at once": "Connection",
    "reset after half": "Connection",
    "short body": "short body",
    "short body, no length": "short body: 102,400 of 204,800 bytes",
    "short file": "wrong size: 102,400 bytes, not 204,800",
    "long file": "wrong size: 204,804 bytes, not 204,800",
    "endless": "sends more than 204,800 bytes",
    "wrong bytes": "wrong sha256",
    "silent": "timed out: no bytes for 0.5 s",
    "stall after half": "timed out: no bytes for 0.5 s",
    "garbage": "BadStatusLine",
    "header that drips": "stalled: fewer than 16,384 bytes in 1 s",
    "body that drips": "stalled: fewer than 16,384 bytes in 1 s",
    "continue for ever": "stalled: fewer than 16,384 bytes in 1 s",
    "redirect loop": "more than 10 redirects",
    "redirect to a file": "to file:///etc/hostname is refused",
}


def test_a_file_is_downloaded_verified_and_left_alone_in_its_folder(server, tmp_path):
    server.served[NAME] = Served(BODY)
    path = get(asset(server.url), tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / NAME
    assert path.read_bytes() == BODY
    assert visible(path.parent) == [NAME]
    assert [request.user_agent for request in server.requests] == ["notmnist"]


def test_a_file_that_is_there_is_not_asked_for_again(server, tmp_path, monkeypatch):
    server.served[NAME] = Served(BODY)
    get(asset(server.url), tmp_path)
    monkeypatch.setenv("NOTMNIST_OFFLINE", "1")
    assert get(asset(server.url), tmp_path).read_bytes() == BODY
    assert get(asset(server.url), tmp_path, download=False).read_bytes() == BODY
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", REASONS)
def test_every_fault_is_named_in_the_error_and_moves_on_to_the_next_mirror(server, tmp_path, fault):
    server.served["bad/" + NAME] = Served(BODY, fault)
    server.served["good/" + NAME] = Served(BODY)
    wanted = asset(server.url + "bad/")
    with pytest.raises(DownloadError) as caught:
        get(wanted, tmp_path, **QUICK)
    wait_for(no_transfer)
    message = str(caught.value)
    ((url, reason),) = caught.value.attempts
    assert url == f"{server.url}bad/{NAME}"
    assert REASONS[fault] in reason
    assert f"  {url}: {reason}\n" in message
    assert str(tmp_path) in message
    assert f"{NAME} (204,800 bytes, sha256 {wanted.files[0].check[1]})" in message
    assert isinstance(caught.value, IntegrityError) == (fault == "wrong bytes")
    assert set(visible(tmp_path)) <= {f".{NAME}.part"}
    path = get(asset(server.url + "bad/", server.url + "good/"), tmp_path, waits=(0.0,), **QUICK)
    assert path.read_bytes() == BODY
    assert visible(tmp_path) == [NAME]


def test_a_name_that_cannot_be_resolved_and_a_closed_port_move_on(server, tmp_path):
    server.served[NAME] = Served(BODY)
    closed = f"http://127.0.0.1:{unused_port()}/"
    wanted = asset("http://letters.invalid/", closed)
    with pytest.raises(DownloadError) as caught:
        get(wanted, tmp_path)
    assert "letters.invalid/letters.tar.gz: the host's name cannot be resolved" in str(caught.value)
    assert "Connection refused" in str(caught.value)
    assert get(asset(*wanted.files[0].mirrors, server.url), tmp_path).read_bytes() == BODY


def test_a_host_that_swallows_packets_costs_one_connection_timeout(server, tmp_path):
    server.served[NAME] = Served(BODY)
    with black_hole() as hole:
        with pytest.raises(DownloadError, match=r"no connection within 0.5 s"):
            get(asset(hole), tmp_path, **QUICK)
        assert get(asset(hole, server.url), tmp_path, waits=(0.0,), **QUICK).read_bytes() == BODY


def test_the_published_settings_bound_every_wait():
    assert Settings() == (5, 30, 3600, (1, 5))


def test_a_lock_that_another_process_does_not_release_is_an_error_that_names_it(server, tmp_path):
    server.served[NAME] = Served(BODY)
    with (
        filelock.FileLock(tmp_path / ".letters.lock"),
        pytest.raises(StoreError, match="delete that file") as caught,
    ):
        get(asset(server.url), tmp_path, lock=0.1)
    assert repr(str(tmp_path / ".letters.lock")) in str(caught.value)
    assert get(asset(server.url), tmp_path).read_bytes() == BODY


def test_a_wrong_file_is_reported_if_no_mirror_may_be_tried(server, tmp_path):
    (tmp_path / NAME).write_bytes(BODY[:100])
    with pytest.raises(IntegrityError) as caught:
        get(asset(server.url), tmp_path, download=False)
    assert f"{tmp_path / NAME}: wrong size: 100 bytes, not 204,800" in str(caught.value)
    assert "No mirror was tried: download=False" in str(caught.value)
    assert not server.requests


def test_offline_opens_no_connection_and_says_why(server, tmp_path, monkeypatch):
    monkeypatch.setenv("NOTMNIST_OFFLINE", "1")
    with pytest.raises(DownloadError, match="No mirror was tried: NOTMNIST_OFFLINE is set"):
        get(asset(server.url), tmp_path / "folder")
    assert not server.requests
    assert not (tmp_path / "folder").exists()


def test_another_form_of_the_asset_serves_as_well(server, tmp_path):
    other = b"PK" + BODY
    server.served["letters.zip"] = Served(other)
    server.served[NAME] = Served(BODY, "reset after half")
    md5 = hashlib.md5(other).hexdigest()
    zipped = remote(server.url, name="letters.zip", check=("md5", md5))
    path = get(Asset("letters", (remote(server.url), zipped)), tmp_path)
    assert (path.name, path.read_bytes()) == ("letters.zip", other)
    assert visible(tmp_path) == ["letters.zip"], "no part of the other form stays"
    assert get(Asset("letters", (remote(server.url), zipped)), tmp_path) == path


def test_each_kind_of_check_tells_right_from_wrong(server, tmp_path):
    server.served[NAME] = Served(BODY, "wrong bytes")
    server.served["good/" + NAME] = Served(BODY)
    for check in (
        ("sha256", hashlib.sha256(BODY).hexdigest()),
        ("md5", hashlib.md5(BODY).hexdigest()),
        ("git_blob", hashlib.sha1(b"blob %d\0" % len(BODY) + BODY).hexdigest()),
    ):
        wanted = asset(server.url, server.url + "good/", check=check)
        assert get(wanted, tmp_path / check[0]).read_bytes() == BODY
        with pytest.raises(IntegrityError, match=f"wrong {check[0]}: [0-9a-f]+, not {check[1]}"):
            get(asset(server.url, check=check), tmp_path / "other")


def test_a_file_of_unknown_length_is_bounded(server, tmp_path):
    server.served[NAME] = Served(BODY, "endless")
    wanted = asset(server.url, check=("md5", "0" * 32), limit=1 << 20)
    with pytest.raises(DownloadError, match="sends more than 1,048,576 bytes"):
        get(wanted, tmp_path)
    assert (tmp_path / f".{NAME}.part").stat().st_size <= 1 << 20


def test_your_own_mirrors_come_first(server, tmp_path, monkeypatch):
    server.served["own/" + NAME] = Served(BODY)
    server.served["there/" + NAME] = Served(BODY)
    monkeypatch.setenv("NOTMNIST_MIRRORS", f"{server.url}missing {server.url}own/")
    get(asset(server.url + "there/"), tmp_path)
    assert [request.path for request in server.requests] == ["missing/" + NAME, "own/" + NAME]


@pytest.mark.parametrize("fault", ["", "garbage", "reset at once"])
def test_a_password_in_a_mirrors_url_is_never_shown(
    server, tmp_path, monkeypatch, caplog, capsys, fault
):
    server.served["bad/" + NAME] = Served(BODY, fault, location="file://me:s3cret@a" * (not fault))
    server.served[NAME] = Served(BODY)
    own = server.url.replace("//", "//me:s3cret@")
    monkeypatch.setenv("NOTMNIST_MIRRORS", f"{own}bad {own}")
    caplog.set_level(logging.DEBUG)
    get(asset(), tmp_path, progress=True)
    (tmp_path / NAME).unlink()
    monkeypatch.setenv("NOTMNIST_MIRRORS", own + "bad")
    with pytest.raises(DownloadError) as caught:
        get(asset(), tmp_path, progress=True)
    assert caught.value.attempts[0][0] == f"{server.url}bad/{NAME}"
    said = [caplog.text, *capsys.readouterr(), repr(caught.value.attempts)]
    said += traceback.format_exception(caught.value)
    assert "s3cret" not in "".join(said)
    assert NAME in caplog.text, "otherwise nothing was tested"


def test_mirrors_that_failed_temporarily_are_tried_again(server, tmp_path):
    server.served["a/" + NAME] = Served(BODY, "status 503", healthy_after=2)
    server.served["b/" + NAME] = Served(BODY, "status 404")
    path = get(asset(server.url + "a/", server.url + "b/"), tmp_path, waits=(0.0, 0.0))
    assert path.read_bytes() == BODY
    assert [request.path[0] for request in server.requests] == ["a", "b", "a", "a"]


def test_rounds_end(server, tmp_path):
    server.served[NAME] = Served(BODY, "status 503")
    with pytest.raises(DownloadError, match=r"HTTP status 503 \(3 times\)"):
        get(asset(server.url), tmp_path, waits=(0.0, 0.0))


def test_a_round_that_brought_bytes_uses_up_no_pause(server, tmp_path):
    """Even if the connection breaks again and again, the download is completed in the end."""
    server.served[NAME] = Served(BODY, break_after=40_000)
    assert get(asset(server.url), tmp_path, waits=(0.0,)).read_bytes() == BODY
    assert len(server.requests) >= 6


def test_a_mirror_whose_wrong_bytes_break_off_again_and_again_is_given_up(server, tmp_path):
    wrong = bytes(255 - byte for byte in BODY)
    server.served[NAME] = Served(wrong, break_after=120_000)
    with pytest.raises(IntegrityError, match="after resuming"):
        get(asset(server.url), tmp_path, waits=(0.0, 0.0))
    assert len(server.requests) < 20


def test_bars_show_one_download_and_silence_is_silent(server, tmp_path, capsys):
    server.served["bad/" + NAME] = Served(BODY, "stall after half")
    server.served[NAME] = Served(BODY)
    get(asset(server.url), tmp_path / "a")
    assert capsys.readouterr() == ("", "")
    wanted = asset(server.url + "bad/", server.url)
    get(wanted, tmp_path / "b", progress=True, waits=(0.0,), **QUICK)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert re.search(r"downloading letters\.tar\.gz:   0%\| +\| 0\.00/205k", err), "it starts at 0"
    assert "205k/205k" in err


# Hypothesis: arbitrary mirrors, compared with a model of a few lines.

CURED = ["", "status 503", "reset at once", "reset after half", "short body"]
PREFIXES = [b"", BODY[:99], b"wrong", b"x" * 150_000]
HOPELESS = ["status 404", "short file", "wrong bytes", "redirect to nowhere"]


@st.composite
def behaviours(draw):
    """Draw a mirror: its fault, after how many requests that ends (None: never), its ranges."""
    fault = draw(st.sampled_from(CURED + HOPELESS))
    cured = draw(st.sampled_from([None, 1, 2])) if fault in CURED else None
    return Served(BODY, fault, draw(st.booleans()), healthy_after=cured)


def model(scripts, rounds):
    """Return the mirror that completes the file, and how often each one is asked at least."""
    left = list(range(len(scripts)))
    asked = [0] * len(scripts)
    for _ in range(rounds):
        for number in list(left):
            script = scripts[number]
            asked[number] += 1
            cured = script.healthy_after is not None and asked[number] > script.healthy_after
            if script.fault == "" or cured:
                return number
            if script.fault in HOPELESS:
                left.remove(number)
    return None


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scripts=st.lists(behaviours(), min_size=1, max_size=4), prefix=st.sampled_from(PREFIXES))
def test_whatever_the_mirrors_do_the_file_is_whole_or_the_error_lists_them(
    online, tmp_path_factory, scripts, prefix
):
    folder = tmp_path_factory.mktemp("any")
    if prefix:
        (folder / f".{NAME}.part").write_bytes(prefix)
    with loopback() as server:
        for number, script in enumerate(scripts):
            server.served[f"{number}/{NAME}"] = script
        wanted = asset(*(f"{server.url}{number}/" for number in range(len(scripts))))
        winner = model(scripts, rounds=3)
        if winner is None:
            with pytest.raises(DownloadError) as caught:
                get(wanted, folder, waits=(0.0, 0.0))
            for _, url in wanted.urls():
                assert url in str(caught.value)
            assert NAME not in visible(folder)
        else:
            path = get(wanted, folder, waits=(0.0, 0.0))
            assert path.read_bytes() == BODY
            assert server.requests[-1].path == f"{winner}/{NAME}"
            assert visible(folder) == [NAME]
    assert len(server.requests) <= 8 * len(scripts), "bounded"
