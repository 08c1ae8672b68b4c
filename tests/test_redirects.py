"""Where mirrors may redirect to, and what https requires."""

import shutil
import subprocess

import pytest

from notmnist.datasets.fetching import mirrors
from notmnist.errors import DownloadError
from tests.loopback import Served, loopback
from tests.remote import BODY, NAME, QUICK, asset, get, no_transfer, wait_for


def test_redirects_are_followed_and_resumed(server, tmp_path):
    server.served[NAME] = Served(location="/b/" + NAME)
    server.served["b/" + NAME] = Served(location=server.url + "c/" + NAME)
    server.served["c/" + NAME] = Served(BODY)
    (tmp_path / f".{NAME}.part").write_bytes(BODY[:1000])
    assert get(asset(server.url), tmp_path).read_bytes() == BODY
    assert server.asked("c/" + NAME) == ["bytes=1000-"]


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """A certificate for 127.0.0.1 that this test trusts."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not there to make a certificate")
    path = tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(path), "-out", str(tmp_path / "public.pem")]
    subprocess.run(command, check=True, capture_output=True)
    public = (tmp_path / "public.pem").read_text()
    path.write_text(path.read_text() + public)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "public.pem"))
    return path


def test_a_redirect_from_https_to_http_is_refused(server, tmp_path, certificate):
    server.served[NAME] = Served(BODY)
    with loopback(certificate) as secure:
        secure.served[NAME] = Served(BODY)
        secure.served["down/" + NAME] = Served(location=server.url + NAME)
        assert get(asset(secure.url), tmp_path / "a").read_bytes() == BODY
        with pytest.raises(DownloadError, match=r"to http://.* is refused"):
            get(asset(secure.url + "down/"), tmp_path / "b")
        server.served["up/" + NAME] = Served(location=secure.url + NAME)
        assert get(asset(server.url + "up/"), tmp_path / "c").read_bytes() == BODY
        server.served["up/down/" + NAME] = Served(location=secure.url + "down/" + NAME)
        with pytest.raises(DownloadError, match=r"to http://.* is refused"):
            get(asset(server.url + "up/down/"), tmp_path / "d")


def test_over_http_a_mirror_may_redirect_to_hosts_of_the_table_only(server, tmp_path, monkeypatch):
    other = server.url.replace("127.0.0.1", "localhost")
    server.served[NAME] = Served(location=other + "there/" + NAME)
    server.served["there/" + NAME] = Served(BODY)
    with pytest.raises(DownloadError, match=r"to http://localhost:\d+/there/.* is refused"):
        get(asset(server.url), tmp_path / "refused")
    assert not server.asked("there/" + NAME)
    server.served["far/" + NAME] = Served(location="http://letters.invalid/" + NAME)
    with pytest.raises(DownloadError, match=r"to http://letters.invalid/.* is refused"):
        get(asset(server.url + "far/"), tmp_path / "refused")
    with monkeypatch.context() as patch:
        patch.setattr(mirrors, "ASSETS", {"letters": asset(other)})
        assert get(asset(server.url), tmp_path / "in the table").read_bytes() == BODY
    monkeypatch.setenv("NOTMNIST_MIRRORS", other + "nothing")
    assert get(asset(server.url), tmp_path / "your own").read_bytes() == BODY


def test_over_https_a_mirror_may_redirect_to_another_host(online, tmp_path, certificate):
    with loopback(certificate) as secure:
        secure.served[NAME] = Served(location="https://letters.invalid/" + NAME)
        with pytest.raises(DownloadError, match="name cannot be resolved"):
            get(asset(secure.url), tmp_path)


def test_no_mirror_may_redirect_to_an_internal_address(server, tmp_path, certificate):
    with loopback(certificate) as secure:
        for host in ("10.0.0.1", "169.254.169.254", "[::1]", "localhost"):
            server.served[NAME] = Served(location=f"http://{host}/{NAME}")
            secure.served[NAME] = Served(location=f"https://{host}/{NAME}")
            for mirror in (server.url, secure.url):
                with pytest.raises(DownloadError, match="is refused"):
                    get(asset(mirror), tmp_path)


def test_a_download_over_https_that_was_given_up_leaves_no_thread(tmp_path, online, certificate):
    with loopback(certificate) as secure:
        secure.served[NAME] = Served(BODY, "body that drips")
        with pytest.raises(DownloadError, match=r"stalled|timed out"):
            get(asset(secure.url), tmp_path, **QUICK)
        wait_for(no_transfer)


def test_a_certificate_that_nobody_trusts_moves_on(server, tmp_path, certificate, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with loopback(certificate) as secure:
        secure.served[NAME] = Served(BODY)
        with pytest.raises(DownloadError, match="CERTIFICATE_VERIFY_FAILED"):
            get(asset(secure.url), tmp_path)
        server.served[NAME] = Served(BODY)
        assert get(asset(secure.url, server.url), tmp_path).read_bytes() == BODY
