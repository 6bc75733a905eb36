# SPDX-License-Identifier: LGPL-3.0-or-later
"""Calling a hosting provider, against real servers (POLICY CAN-6)."""

import contextlib
import datetime
import hashlib
import hmac
import importlib
import ipaddress
import socket
import ssl
import threading
import time
from unittest.mock import patch

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from conftest import SHARED, load

hook_call = load("unicdo_hosting_cancel/tools/hook_call.py")
http_call = importlib.import_module(f"{SHARED}.http_call")
hook_server = load("unicdo_hosting_cancel/tests/hook_server.py")
GETADDRINFO = socket.getaddrinfo
HookServer, redirect_to, slow_body = hook_server.HookServer, hook_server.redirect_to, hook_server.slow_body


@contextlib.contextmanager
def provider(answer, context=None):
    server = HookServer(answer)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with server:
        yield server


def drip(handler):
    """A header line that never ends."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    with contextlib.suppress(OSError):
        for _second in range(100):
            handler.wfile.write(b"x")
            time.sleep(0.1)


def post(url, body=b"{}", **options):
    return hook_call.post(url, body, {"Idempotency-Key": "k"}, allow_private=True, **options)


@pytest.mark.parametrize("code", [200, 202, 204])
def test_only_2xx_is_an_answer(code):
    with provider(code) as server:
        assert post(server.url, b'{"a":1}') == code
        (headers, body), = server.seen
    assert (body, headers["Content-Type"], headers["Idempotency-Key"]) == (b'{"a":1}', "application/json", "k")


@pytest.mark.parametrize("code", [301, 400, 401, 404, 410, 422, 429, 500, 503])
def test_every_other_status_is_none(code):
    with provider(code) as server, pytest.raises(hook_call.NoAnswer, match=f"^HTTP {code}$"):
        post(server.url)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_is_not_followed(code):
    with provider(204) as other, provider(redirect_to(other.url, code)) as server:
        with pytest.raises(hook_call.NoAnswer, match=f"^HTTP {code}$"):
            post(server.url)
        assert (len(server.seen), other.seen) == (1, [])


@pytest.mark.parametrize("answer", [drip, lambda handler: time.sleep(3)])
def test_a_provider_that_drips_or_says_nothing_is_cut_off_in_time(answer):
    start = time.monotonic()
    with provider(answer) as server, pytest.raises(hook_call.NoAnswer):
        post(server.url, deadline=0.7)
    assert time.monotonic() - start < 2.5


def test_a_slow_body_is_not_waited_for():
    start = time.monotonic()
    with provider(slow_body) as server:
        assert post(server.url) == 200
        assert time.monotonic() - start < 2


def test_nobody_there_is_no_answer():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        with pytest.raises(hook_call.NoAnswer, match="^ConnectionError$"):
            post(f"http://127.0.0.1:{probe.getsockname()[1]}/")


def test_garbage_is_no_answer():
    with provider(lambda handler: handler.wfile.write(b"\x00\xff\r\n\r\n")) as server, pytest.raises(hook_call.NoAnswer):
        post(server.url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "[::ffff:127.0.0.1]"])
def test_this_machine_is_not_called_unless_allowed(host):
    with provider(204) as server:
        with pytest.raises(hook_call.NoAnswer) as refused:
            hook_call.post(f"https://{host}:{server.server_port}/", b"{}", {})
        assert not server.seen
    assert refused.value.what in ("private address", "ConnectionError")


@pytest.mark.parametrize("scheme", ["HTTPS://", "Https://", " https://"])
def test_this_machine_is_not_called_however_its_address_is_written(scheme):
    with provider(204) as server:
        with pytest.raises(hook_call.NoAnswer, match="^private address$"):
            hook_call.post(f"{scheme}127.0.0.1:{server.server_port}/", b"{}", {})


def test_a_name_that_leads_into_a_private_network_is_refused_before_connecting():
    """Also when only one of its addresses does: which one is taken is chance."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("93.184.215.14", "10.0.0.7")]
    with patch.object(socket, "getaddrinfo", return_value=found), patch.object(socket, "create_connection") as connect:
        with pytest.raises(hook_call.NoAnswer, match="^private address$"):
            hook_call.post("https://provider.example/", b"{}", {})
        connect.assert_not_called()


def test_the_address_connected_to_is_the_one_that_was_checked():
    """A name that is resolved twice may lead elsewhere the second time."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))]
    with patch.object(socket, "getaddrinfo", return_value=found) as resolve, \
            patch.object(socket, "create_connection", side_effect=OSError) as connect:
        with pytest.raises(hook_call.NoAnswer):
            hook_call.post("https://provider.example/", b"{}", {})
    assert (resolve.call_count, connect.call_args.args[0]) == (1, ("93.184.215.14", 443))


def test_a_name_that_is_looked_up_for_too_long_is_not_waited_for():
    """The system's own limit may be a minute. Threads that wait for it do not pile up, and who calls later is served again."""
    until, started = threading.Event(), []

    def slow(*_args, **_options):
        started.append(1)
        until.wait()
        raise socket.gaierror

    start = time.monotonic()
    with patch.object(http_call, "_lookups", threading.BoundedSemaphore(2)), patch.object(socket, "getaddrinfo", slow):
        for _number in range(4):
            with pytest.raises(hook_call.NoAnswer, match="^too slow$"):
                post("http://provider.example/", deadline=0.2)
        assert time.monotonic() - start < 2
        waiting = [thread for thread in threading.enumerate() if thread.name == "unicdo look-up"]
        assert (len(started), len(waiting)) == (2, 2)
        until.set()
        with provider(204) as server:
            host = server.url.replace("127.0.0.1", "localhost")
            with patch.object(socket, "getaddrinfo", GETADDRINFO):
                assert post(host) == 204


def test_every_address_of_a_name_is_tried_in_time():
    """One that does not answer leaves time for the next, and all of them together end at the deadline."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"10.0.0.{number}", 80)) for number in range(1, 4)]
    waited = []

    def connect(address, timeout):
        waited.append(address[0])
        time.sleep(timeout)
        raise TimeoutError

    start = time.monotonic()
    with patch.object(socket, "getaddrinfo", return_value=found), patch.object(socket, "create_connection", connect):
        with pytest.raises(hook_call.NoAnswer):
            post("http://provider.example/", deadline=0.6)
    assert time.monotonic() - start < 1
    assert waited == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]


def test_plain_http_never_leaves_the_private_network():
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 80))]
    with patch.object(socket, "getaddrinfo", return_value=found), patch.object(socket, "create_connection") as connect:
        with pytest.raises(hook_call.NoAnswer, match="scheme"):
            post("http://provider.example/")
        connect.assert_not_called()


@pytest.mark.parametrize("address, public", [
    ("8.8.8.8", True), ("2606:4700::1111", True), ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False),
    ("127.0.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False),
    ("::1", False), ("fe80::1%eth0", False), ("fd00::1", False), ("::ffff:10.0.0.1", False), ("2002:0a00:0001::", False),
    ("64:ff9b::a00:1", False), ("64:ff9b::808:808", True), ("ff0e::1", False), ("::10.0.0.1", False), ("fec0::1", False),
    ("64:ff9b:1::a00:1", False), ("::ffff:0:10.0.0.1", False),
])
def test_which_addresses_are_public(address, public):
    assert http_call.is_public(address) is public


@pytest.mark.parametrize("url, problem", [
    ("https://a.example/x?y=1", ""), ("http://a.example/", "scheme"), ("ftp://a.example/", "scheme"), ("", "host"),
    (None, "host"), ("https://u:p@a.example/", "host"), ("https:///x", "host"), ("https://a.example:x/", "host"),
    ("https://a.example/#f", "host"), ("file:///etc/passwd", "host"), ("https://[::1", "host"),
])
def test_which_urls_can_be_called(url, problem):
    assert http_call.url_problem(url, allow_private=False) == problem


def test_the_signature_covers_the_time_and_the_body():
    body = hook_call.serialise({"b": 1, "a": "é"})
    expected = hmac.new(b"secret", b"1782000000." + body, hashlib.sha256).hexdigest()
    assert hook_call.signature(b"secret", 1782000000, body) == expected
    assert hook_call.signature(b"secret", 1782000001, body) != expected
    assert hook_call.signature(b"secret", 1782000000, body + b" ") != expected


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A server's context for 127.0.0.1, and the file of who vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "provider")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context, files[0]


def test_certificates_are_checked(certificate, monkeypatch):
    context, file = certificate
    with provider(204, context) as server:
        url = server.url.replace("http:", "https:")
        with pytest.raises(hook_call.NoAnswer, match="^SSLError$"):
            post(url)
        assert not server.seen
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
        assert post(url) == 204
        with pytest.raises(hook_call.NoAnswer, match="^SSLError$"):
            post(url.replace("127.0.0.1", "localhost"))


def test_a_drip_is_cut_off_behind_tls_too(certificate, monkeypatch):
    context, file = certificate
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    start = time.monotonic()
    with provider(drip, context) as server, pytest.raises(hook_call.NoAnswer, match="^too slow$"):
        post(server.url.replace("http:", "https:"), deadline=0.7)
    assert time.monotonic() - start < 2.5


def test_neither_proxies_nor_passwords_of_the_environment_are_used(monkeypatch, tmp_path):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with provider(204) as server:
        assert post(server.url) == 204
        assert "Authorization" not in server.seen[0][0]
