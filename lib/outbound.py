"""The one door out of the product: every request to another host goes through OutboundClient."""

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from AntiSSRF import (
    AntiSSRFError,
    AntiSSRFPolicy,
    PolicyConfigOptions,
)

# Private, but the version is pinned: only the adapter can be told about ports and total time.
from AntiSSRF._antissrf_agent import _AntiSSRFAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.exceptions import TimeoutError as TransportTimeoutError
from urllib3.response import HTTPResponse
from urllib3.util import Url, parse_url
from urllib3.util.ssl_ import create_urllib3_context

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

CHUNK = 64 * 1024
LOOPBACK = ("127.0.0.0/8", "::1/128")
# IPv4-compatible addresses are dead, yet some systems still route them to the embedded IPv4 one.
IPV4_COMPATIBLE = ("::/96",)


class OutboundError(Exception):
    """A request that gave no reply. The text names host and path, never a query, body or header."""

    def __init__(self, request: str, reason: str) -> None:
        super().__init__(f"{request}: {reason}")
        self.request = request
        self.reason = reason


class ForbiddenAddressError(OutboundError):
    """The address is outside the policy; nothing was sent."""


class RedirectError(OutboundError):
    """The host answered with a redirect, which is never followed."""


class BodyTooLargeError(OutboundError):
    """The reply went over the size limit and was cut off."""


class OutboundTimeoutError(OutboundError):
    """The host was too slow to connect, to answer or to finish."""


class UnreachableError(OutboundError):
    """No connection, a failed handshake, or a reply that broke off."""


@dataclass(frozen=True, slots=True)
class OutboundPolicy:
    """Where requests may go. Public addresses over https on 443, unless widened by the operator.

    allow_loopback also permits plain http and any port, for loopback hosts only.
    allowed_networks lists private networks that hold self-hosted services.
    ca_file is a PEM file of private certificate authorities, believed beside the public ones.
    """

    allow_loopback: bool = False
    allowed_networks: tuple[Network, ...] = ()
    allowed_ports: frozenset[int] = frozenset({443})
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds, body in bytes after decompression."""

    connect: float = 5
    read: float = 20
    total: float = 60
    body: int = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. Header names are looked up in any case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


# Monotonic time at which the request under way is cut, whatever it is doing.
_deadline: ContextVar[float] = ContextVar("outbound_deadline")


class OutboundClient:
    """Sends requests under a policy, keeping connections open between them. Not thread-safe."""

    def __init__(self, policy: OutboundPolicy, limits: Limits | None = None) -> None:
        self.policy = policy
        self.limits = limits or Limits()
        self._session = _guarded_session(policy)

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Raise OutboundError when there is no whole reply; any status but 3xx is a reply."""
        return self._send("GET", url, params=params, headers=headers, body=None)

    def post(self, url: str, *, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        """Send JSON bytes; errors as for get."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        return self._send("POST", url, params=None, headers=sent, body=body)

    def close(self) -> None:
        self._session.close()

    def _send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Reply:
        request = _admit(self.policy, method, url)
        deadline = time.monotonic() + self.limits.total
        with _explained(request, deadline):
            response = self._session.request(
                method,
                url,
                params=params,
                headers=headers,
                data=body,
                stream=True,
                allow_redirects=False,
                timeout=(self.limits.connect, self.limits.read),
            )
            with response:
                if 300 <= response.status_code < 400:
                    raise RedirectError(request, "the host answered with a redirect")
                received = self._read(request, response.raw, deadline)
        return Reply(response.status_code, response.headers, received)

    def _read(self, request: str, raw: HTTPResponse, deadline: float) -> bytes:
        received = bytearray()
        with _cut_at(deadline, raw.shutdown):
            while chunk := raw.read1(CHUNK, decode_content=True):
                received += chunk
                if len(received) > self.limits.body:
                    raise BodyTooLargeError(
                        request, f"the reply is larger than {self.limits.body} bytes"
                    )
        if time.monotonic() >= deadline:
            # A cut connection can look like an orderly end when no length was announced.
            raise OutboundTimeoutError(request, "the reply did not finish in time")
        return bytes(received)


def _admit(policy: OutboundPolicy, method: str, url: str) -> str:
    """Return how the request is named in errors, or refuse the address by its form alone."""
    parsed = _parse(method, url)
    request = f"{method} {parsed.netloc}{parsed.path or '/'}"
    inside = policy.allow_loopback and _is_loopback(parsed.host or "")
    if parsed.scheme != "https" and not (inside and parsed.scheme == "http"):
        raise ForbiddenAddressError(request, "only https addresses are allowed")
    if not inside and (parsed.port or 443) not in policy.allowed_ports:
        raise ForbiddenAddressError(request, "this port is not allowed")
    return request


def _parse(method: str, url: str) -> Url:
    if "\\" in url or not url.isprintable() or " " in url:
        raise ForbiddenAddressError(method, "the address has characters that no address has")
    try:
        parsed = parse_url(url)
    except LocationParseError:
        raise ForbiddenAddressError(method, "this is not an address") from None
    if parsed.auth is not None or parsed.fragment is not None:
        raise ForbiddenAddressError(method, "an address with a user or a fragment is not allowed")
    if not parsed.host or parsed.host.endswith("."):
        raise ForbiddenAddressError(method, "the address names no host")
    return parsed


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@contextmanager
def _explained(request: str, deadline: float) -> Iterator[None]:
    """Turn what the libraries raise into errors that hold no request, header or body."""
    token = _deadline.set(deadline)
    try:
        yield
    except OutboundError:
        raise
    except AntiSSRFError:
        reason = "the host is at an address that is not allowed"
        raise ForbiddenAddressError(request, reason) from None
    except (requests.Timeout, TransportTimeoutError):
        raise OutboundTimeoutError(request, "the host did not answer in time") from None
    except socket.gaierror:
        raise UnreachableError(request, "the name of the host could not be looked up") from None
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        if time.monotonic() >= deadline:
            raise OutboundTimeoutError(request, "the reply did not finish in time") from None
        reason = f"the host could not be reached ({type(error).__name__})"
        raise UnreachableError(request, reason) from None
    finally:
        _deadline.reset(token)


@contextmanager
def _cut_at(deadline: float, cut: Callable[[], object]) -> Iterator[None]:
    """Call cut at the deadline: read timeouts alone never end on a host that drips bytes."""

    def cut_quietly() -> None:
        with suppress(OSError, ValueError):
            cut()

    timer = threading.Timer(max(0.0, deadline - time.monotonic()), cut_quietly)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class _TimedHTTP(HTTPConnection):
    def getresponse(self) -> Any:
        with _cut_at(_deadline.get(), partial(self.sock.shutdown, socket.SHUT_RDWR)):
            return super().getresponse()


class _TimedHTTPS(HTTPSConnection):
    def getresponse(self) -> Any:
        with _cut_at(_deadline.get(), partial(self.sock.shutdown, socket.SHUT_RDWR)):
            return super().getresponse()


class _TimedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _TimedHTTP


class _TimedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _TimedHTTPS


class _Adapter(_AntiSSRFAdapter):  # type: ignore[misc]  # untyped base
    """Connects to the validated address only, within the deadline."""

    def __init__(self, rules: Any, ca_file: str | None = None) -> None:
        self._ca_file = ca_file
        super().__init__(rules)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        if self._ca_file:
            # The public authorities are added to it with each connection.
            kwargs["ssl_context"] = create_urllib3_context()
            kwargs["ssl_context"].load_verify_locations(cafile=self._ca_file)
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _TimedHTTPPool,
            "https": _TimedHTTPSPool,
        }

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        # The library names the host without its port, which virtual hosts on other ports refuse.
        request.headers["Host"] = parse_url(request.url or "").netloc or ""
        return host, pool


def _guarded_session(policy: OutboundPolicy) -> requests.Session:
    rules = _address_rules(policy)
    session: requests.Session = rules.get_antissrf_session()
    session.mount("https://", _Adapter(rules, policy.ca_file))
    session.mount("http://", _Adapter(rules))
    # Proxies and netrc of the machine would send credentials past the policy.
    session.trust_env = False
    # A kept session cookie would go on answering for a token that was revoked.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers = CaseInsensitiveDict(
        {"User-Agent": "Flotilla", "Accept": "application/json", "Accept-Encoding": "gzip"}
    )
    return session


def _address_rules(policy: OutboundPolicy) -> Any:
    rules = AntiSSRFPolicy(PolicyConfigOptions.EXTERNAL_ONLY_LATEST)
    rules.add_xff_header = False
    rules.allow_plain_text_http = policy.allow_loopback
    rules.add_denied_addresses(IPV4_COMPATIBLE)
    allowed = [str(network) for network in policy.allowed_networks]
    allowed += LOOPBACK if policy.allow_loopback else ()
    if allowed:
        rules.add_allowed_addresses(allowed)
    return rules
