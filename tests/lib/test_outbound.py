"""The outbound client against hostile addresses and hostile hosts."""

import datetime as dt
import gzip
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lib.outbound import (
    BodyTooLargeError,
    ForbiddenAddressError,
    Limits,
    OutboundClient,
    OutboundError,
    OutboundPolicy,
    OutboundTimeoutError,
    RedirectError,
    UnreachableError,
)

Handler = Callable[[BaseHTTPRequestHandler], None]
SECRET = "tok-3f9a77c1-do-not-leak"
PUBLIC = "93.184.216.34"

LITERALS = {
    "dotted loopback": "127.0.0.1",
    "loopback as a number": "2130706433",
    "loopback in hex": "0x7f000001",
    "short loopback": "127.1",
    "v6 loopback": "[::1]",
}
NAMES = {
    "a name for loopback": ["127.0.0.1"],
    "another loopback address": ["127.8.8.8"],
    "private 10/8": ["10.1.2.3"],
    "private 172.16/12": ["172.20.0.9"],
    "private 192.168/16": ["192.168.1.1"],
    "instance metadata": ["169.254.169.254"],
    "carrier-grade NAT": ["100.64.0.7"],
    "unspecified": ["0.0.0.0"],  # noqa: S104  # an address to refuse, not to bind
    "protocol assignments": ["192.0.0.192"],
    "multicast": ["224.0.0.1"],
    "broadcast": ["255.255.255.255"],
    "benchmarking": ["198.18.0.1"],
    "Azure wire server": ["168.63.129.16"],
    "v6 loopback by name": ["::1"],
    "v6 unspecified": ["::"],
    "v4-mapped loopback": ["::ffff:127.0.0.1"],
    "v4-mapped private": ["::ffff:10.0.0.1"],
    "v4-compatible": ["::7f00:1"],
    "NAT64": ["64:ff9b::7f00:1"],
    "6to4": ["2002:7f00:1::"],
    "unique local": ["fd00::1"],
    "unique local fc": ["fc00::1"],
    "v6 link-local": ["fe80::1"],
    "site-local": ["fec0::1"],
    "mixed, public first": [PUBLIC, "10.0.0.1"],
    "mixed, private first": ["127.0.0.1", PUBLIC],
}


class Network:
    """A resolver that answers as told, and sockets that note where they were sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: dict[str, list[list[str]]] = {}
        self.connected: list[str] = []
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self.resolve)
        monkeypatch.setattr(socket.socket, "connect", self.connect)

    def resolve(self, host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in self.answers:
            return self._real(host, *args, **kwargs)
        turns = self.answers[name]
        addresses = turns.pop(0) if len(turns) > 1 else turns[0]
        return [self._info(address) for address in addresses]

    def connect(self, address: Any) -> None:
        self.connected.append(address[0])
        raise ConnectionRefusedError

    @staticmethod
    def _info(address: str) -> Any:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return (family, socket.SOCK_STREAM, 6, "", (address, 0))


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    return Network(monkeypatch)


@contextmanager
def host(handle: Handler, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """A loopback host that answers every request with handle."""

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            try:
                handle(self)
            except OSError:
                self.close_connection = True

        do_POST = do_GET  # noqa: N815  # the name is the server's

        def log_message(self, *args: Any) -> None:
            """Keep the test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certificate_for(name: str, folder: Path) -> Path:
    """Write a key and a self-signed certificate for name; return the file that holds both."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = folder / "host.pem"
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    return file


@contextmanager
def private_tls_host(name: str, folder: Path) -> Iterator[OutboundClient]:
    """A host inside a listed network, and a client that trusts its certificate."""
    file = certificate_for(name, folder)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    with host(echo, tls) as base:
        port = int(base.rpartition(":")[2])
        policy = OutboundPolicy(
            allowed_networks=(ipaddress.ip_network("127.0.0.0/8"),),
            allowed_ports=frozenset({port}),
            ca_file=str(file),
        )
        yield OutboundClient(policy)


def answer(body: bytes, status: int = 200, **headers: str) -> Handler:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return handle


def echo(request: BaseHTTPRequestHandler) -> None:
    length = int(request.headers.get("Content-Length", 0))
    seen = {
        "path": request.path,
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "body": request.rfile.read(length).decode(),
    }
    answer(json.dumps(seen).encode())(request)


def local_client(**limits: Any) -> OutboundClient:
    return OutboundClient(OutboundPolicy(allow_loopback=True), Limits(**limits))


def public_client() -> OutboundClient:
    return OutboundClient(OutboundPolicy())


@pytest.mark.parametrize("literal", LITERALS.values(), ids=LITERALS.keys())
def test_an_address_literal_inside_is_never_connected_to(network: Network, literal: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        public_client().get(f"https://{literal}/")
    assert network.connected == []


@pytest.mark.parametrize("addresses", NAMES.values(), ids=NAMES.keys())
def test_a_name_that_resolves_inside_is_never_connected_to(
    network: Network, addresses: list[str]
) -> None:
    network.answers["jira.example.com"] = [addresses]
    with pytest.raises(ForbiddenAddressError):
        public_client().get("https://jira.example.com/")
    assert network.connected == []


def test_a_public_address_is_connected_to(network: Network) -> None:
    network.answers["jira.example.com"] = [[PUBLIC]]
    with pytest.raises(UnreachableError):
        public_client().get("https://jira.example.com/")
    assert network.connected == [PUBLIC]


def test_a_name_that_changes_its_address_is_connected_where_it_was_checked(
    network: Network,
) -> None:
    network.answers["rebind.example.com"] = [[PUBLIC], ["127.0.0.1"]]
    with pytest.raises(UnreachableError):
        public_client().get("https://rebind.example.com/")
    assert network.connected == [PUBLIC]


def test_a_private_network_opens_only_when_the_operator_lists_it(network: Network) -> None:
    network.answers["jira.corp.example"] = [["10.20.0.5"]]
    policy = OutboundPolicy(allowed_networks=(ipaddress.ip_network("10.20.0.0/16"),))
    with pytest.raises(UnreachableError):
        OutboundClient(policy).get("https://jira.corp.example/")
    assert network.connected == ["10.20.0.5"]


@pytest.mark.parametrize(
    "url",
    [
        "http://jira.example.com/",
        "ftp://jira.example.com/",
        "file:///etc/passwd",
        "https://jira.example.com:8080/",
        "https://user:pass@jira.example.com/",
        "https://jira.example.com/#part",
        "https://jira.example.com./",
        "https://good.example.com\\@evil.example.com/",
        "https://jira.example.com/a b",
        "https://jira.example.com/\r\nX: y",
        "https:///nohost",
        "not an address",
    ],
)
def test_an_address_of_a_wrong_form_is_refused_before_the_name_is_looked_up(
    network: Network, url: str
) -> None:
    network.answers["jira.example.com"] = [[PUBLIC]]
    with pytest.raises(ForbiddenAddressError):
        public_client().get(url)
    assert network.connected == []


def test_plain_http_stays_closed_for_other_hosts_when_loopback_is_open(network: Network) -> None:
    network.answers["jira.example.com"] = [["127.0.0.1"]]
    with pytest.raises(ForbiddenAddressError):
        local_client().get("http://jira.example.com/")
    assert network.connected == []


def test_a_listed_port_is_allowed(network: Network) -> None:
    network.answers["jira.example.com"] = [[PUBLIC]]
    client = OutboundClient(OutboundPolicy(allowed_ports=frozenset({443, 8443})))
    with pytest.raises(UnreachableError):
        client.get("https://jira.example.com:8443/")
    assert network.connected == [PUBLIC]


def resolve_to_loopback(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    real = socket.getaddrinfo

    def resolve(host: str, *args: Any, **kwargs: Any) -> Any:
        return real("127.0.0.1" if host == name else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_a_private_host_is_proved_by_its_name_though_reached_by_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    resolve_to_loopback(monkeypatch, "jira.corp.example")
    with private_tls_host("jira.corp.example", tmp_path) as client:
        (port,) = client.policy.allowed_ports
        seen = json.loads(client.get(f"https://jira.corp.example:{port}/").body)
    assert seen["headers"]["host"] == f"jira.corp.example:{port}"


def test_a_certificate_for_another_name_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    resolve_to_loopback(monkeypatch, "jira.corp.example")
    with private_tls_host("other.corp.example", tmp_path) as client:
        (port,) = client.policy.allowed_ports
        with pytest.raises(UnreachableError):
            client.get(f"https://jira.corp.example:{port}/")


def test_a_reply_carries_status_headers_in_any_case_and_body() -> None:
    with host(answer(b'{"a":1}', status=404, X_Seraph_Loginreason="OK")) as base:
        reply = local_client().get(f"{base}/rest")
    assert (reply.status, reply.headers["x-seraph-loginreason"], reply.body) == (
        404,
        "OK",
        b'{"a":1}',
    )


def test_a_request_carries_its_query_body_and_host_with_port() -> None:
    with host(echo) as base:
        client = local_client()
        got = json.loads(client.get(f"{base}/x", params={"jql": "a = b"}).body)
        posted = json.loads(client.post(f"{base}/y", body=b'{"q":1}').body)
    assert got["path"] == "/x?jql=a+%3D+b"
    assert got["headers"]["host"] == base.removeprefix("http://")
    assert (posted["body"], posted["headers"]["content-type"]) == ('{"q":1}', "application/json")


def test_the_proxy_of_the_machine_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    with host(answer(b"direct")) as base:
        assert local_client().get(base).body == b"direct"


def test_a_cookie_is_not_sent_back() -> None:
    with host(answer(b"", Set_Cookie="JSESSIONID=abc; Path=/")) as base:
        client = local_client()
        client.get(base)
    with host(echo) as base:
        seen = json.loads(client.get(base).body)
    assert "cookie" not in seen["headers"]


def test_a_redirect_is_an_error_and_the_credential_goes_nowhere() -> None:
    visited: list[str] = []

    def notice(request: BaseHTTPRequestHandler) -> None:
        visited.append(request.path)
        answer(b"")(request)

    with (
        host(notice) as elsewhere,
        host(answer(b"", status=302, Location=f"{elsewhere}/steal")) as base,
        pytest.raises(RedirectError),
    ):
        local_client().get(base, headers={"Authorization": SECRET})
    assert visited == []


def test_a_body_over_the_limit_is_cut_off() -> None:
    with host(answer(b"x" * 5000)) as base, pytest.raises(BodyTooLargeError):
        local_client(body=4999).get(base)


def test_a_body_at_the_limit_is_whole() -> None:
    with host(answer(b"x" * 5000)) as base:
        assert len(local_client(body=5000).get(base).body) == 5000


def test_a_small_archive_of_a_huge_body_is_cut_off() -> None:
    bomb = gzip.compress(b"0" * 3_000_000)
    with (
        host(answer(bomb, Content_Encoding="gzip")) as base,
        pytest.raises(BodyTooLargeError),
    ):
        local_client(body=1_000_000).get(base)


def test_the_default_limit_of_a_body_is_twenty_mebibytes() -> None:
    assert Limits().body == 20 * 1024 * 1024


def drip(*, in_headers: bool, framing: str = "") -> Handler:
    """Send one byte every 50 ms for 5 s, which no read timeout ever notices."""

    def handle(request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        if not in_headers:
            request.wfile.write(framing.encode() + b"\r\n")
        for _ in range(100):
            request.wfile.write(b"1")
            request.wfile.flush()
            time.sleep(0.05)

    return handle


@pytest.mark.parametrize(
    "handle",
    [
        drip(in_headers=True),
        drip(in_headers=False, framing="Content-Length: 100\r\n"),
        drip(in_headers=False, framing="Transfer-Encoding: chunked\r\n"),
        drip(in_headers=False, framing="Connection: close\r\n"),
    ],
    ids=["headers", "body of known length", "chunk sizes", "body without length"],
)
def test_a_host_that_drips_is_cut_at_the_total_time(handle: Handler) -> None:
    with host(handle) as base:
        began = time.monotonic()
        with pytest.raises(OutboundTimeoutError):
            local_client(total=0.4).get(base)
        assert time.monotonic() - began < 2


def test_a_silent_host_is_given_up_after_the_read_time() -> None:
    with host(lambda _: time.sleep(1)) as base, pytest.raises(OutboundTimeoutError):
        local_client(read=0.2).get(base)


def test_a_body_that_breaks_off_is_an_error() -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")

    with host(handle) as base, pytest.raises(UnreachableError):
        local_client().get(base)


def test_a_closed_port_is_unreachable() -> None:
    with host(answer(b"")) as base:
        pass
    with pytest.raises(UnreachableError):
        local_client().get(base)


def test_a_name_nobody_knows_is_unreachable(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(UnreachableError, match=r"nowhere\.example\.com.*could not be looked up"):
        public_client().get("https://nowhere.example.com/")


@pytest.mark.parametrize(
    "handle",
    [
        answer(b"", status=301, Location=f"https://elsewhere.example/{SECRET}"),
        answer(SECRET.encode() * 300),
        lambda request: request.wfile.write(b"broken " + SECRET.encode() + b"\r\n\r\n"),
    ],
    ids=["redirect", "large body", "broken reply"],
)
def test_an_error_names_host_and_path_and_nothing_secret(handle: Handler) -> None:
    with host(handle) as base, pytest.raises(OutboundError) as caught:
        local_client(body=4096).get(
            f"{base}/rest/api",
            params={"token": SECRET},
            headers={"Authorization": SECRET},
        )
    told = f"{caught.value} {caught.value!r}"
    assert f"GET {base.removeprefix('http://')}/rest/api" in told
    assert SECRET not in told


def test_a_credential_that_would_split_the_header_is_not_shown() -> None:
    with pytest.raises(OutboundError) as caught:
        local_client().get("http://127.0.0.1:9/", headers={"Authorization": f"{SECRET}\r\nX: y"})
    assert SECRET not in str(caught.value)


def test_a_reply_does_not_print_its_body() -> None:
    with host(answer(SECRET.encode())) as base:
        assert SECRET not in repr(local_client().get(base))
