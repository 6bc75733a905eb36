# SPDX-License-Identifier: LGPL-3.0-or-later
"""Calling another server: one HTTP request that goes where it may, ends in time, and is never redirected."""

import collections
import ipaddress
import logging
import os
import queue
import socket
import threading
import time
from contextvars import ContextVar
from urllib.parse import urlsplit

import requests
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

#: seconds for one call, from connecting to the answer's last byte
DEADLINE = 15
#: bytes read at a time
PIECE = 16 * 1024
#: names that are being looked up at once, at most: the system's own limit may be a minute, whoever waits
LOOKUPS = 16
#: IPv4 addresses behind a translator of IPv6 networks (RFC 6052)
NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: all that IPv6 gives to the public internet; the rest is local, or leads to IPv4 in other ways (RFC 4291, 2.4)
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


#: ``status`` (int), ``headers`` (case-insensitive), ``body`` (bytes)
Answer = collections.namedtuple("Answer", "status headers body")

_calling = ContextVar("unicdo_calling", default=False)
_lookups = threading.BoundedSemaphore(LOOKUPS)
# at debug level urllib3 logs paths and queries, which may hold a provider's own tokens
logging.getLogger("urllib3.connectionpool").addFilter(lambda record: not _calling.get())


class NoAnswer(Exception):
    """The call was not answered. ``what`` says how, in words that name nobody and no address."""

    def __init__(self, what):
        super().__init__(what)
        self.what = what


class AddressRefused(OSError):
    """The host stands in a private network, or is this machine."""


def url_problem(url, allow_private):
    """Why an address cannot be called: "scheme", "host", or "" if it can.

    :param str url: HTTPS; plain HTTP only where private addresses are allowed, and then only to them
    :param bool allow_private: for tests and intranets
    """
    try:
        parts = urlsplit(url or "")
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "host"
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        return "host"
    return "" if parts.scheme == "https" or (parts.scheme == "http" and allow_private) else "scheme"


def is_public(address):
    """Whether an IP address belongs to the public internet.

    :param str address: IPv4 or IPv6, also IPv4 inside IPv6
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.version == 6:
        inner = ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else None)
        ip = inner or ip
    return ip.is_global and not ip.is_multicast and (ip.version == 4 or ip in GLOBAL_UNICAST)


def call(method, url, headers, body=None, allow_private=False, deadline=DEADLINE, most=0):
    """Send one request. Redirects are not followed, proxies and passwords of the environment not used; certificates are
    checked against those that ``REQUESTS_CA_BUNDLE`` names, if set.

    :param str method: such as "POST"
    :param str url: where to; secrets belong into the headers or the body
    :param dict headers: complete
    :param bytes body: None for none
    :param bool allow_private: whether this machine and private networks may be called
    :param float deadline: seconds for all of it
    :param int most: bytes of the answer's body that are taken; 0: it is not read
    :return: :data:`Answer` of whatever status
    :raises NoAnswer: nothing came, or too late, or too much
    """
    problem = url_problem(url, allow_private)
    if problem:
        raise NoAnswer(f"bad address: {problem}")
    guard = _Guard(allow_private, urlsplit(url).scheme == "http", deadline)
    session = requests.Session()
    session.trust_env = False
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
    for scheme in ("https://", "http://"):
        # both in place of those that go anywhere, however the address is written
        session.mount(scheme, _Adapter(guard))
    quiet = _calling.set(True)
    try:
        with guard, session, session.request(
            method, url, data=body, headers=headers, allow_redirects=False, stream=True, timeout=deadline,
        ) as response:
            answer = Answer(response.status_code, response.headers, _read(response, most) if most else b"")
    except (requests.RequestException, OSError, ValueError) as error:
        raise NoAnswer(guard.what or type(error).__name__) from None
    finally:
        _calling.reset(quiet)
    if guard.what:
        # what was cut off looks complete
        raise NoAnswer(guard.what)
    return answer


def _read(response, most):
    body = b""
    for piece in response.iter_content(PIECE):
        body += piece
        if len(body) > most:
            raise NoAnswer("too long")
    return body


def _look_up(host, port, left):
    """The addresses of a host, in a thread of its own: there is no other way to leave a look-up that takes too long. It ends
    when the system gives up; until then no more than ``LOOKUPS`` threads wait.

    :param left: function that gives the seconds that are left
    :raises OSError: there are none, or they do not come in time
    """
    if not _lookups.acquire(timeout=left()):
        raise TimeoutError
    found = queue.SimpleQueue()

    def look():
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, ValueError) as error:
            found.put(error)
        finally:
            _lookups.release()

    try:
        threading.Thread(target=look, name="unicdo look-up", daemon=True).start()
    except RuntimeError as error:
        _lookups.release()
        raise OSError from error
    try:
        answer = found.get(timeout=left())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception):
        raise answer
    return [entry[4][0] for entry in answer]


class _Guard:
    """Connects to allowed addresses only, to the very ones it checked, and cuts the connection at the deadline.

    A time limit per read alone would let a peer drip its answer for hours.
    """

    def __init__(self, allow_private, only_private, deadline):
        self.allow_private = allow_private
        self.only_private = only_private
        self.what = ""
        self.sockets = []
        self.until = time.monotonic() + deadline
        self.timer = threading.Timer(deadline, self._cut)
        self.timer.daemon = True

    def __enter__(self):
        self.timer.start()

    def __exit__(self, *_error):
        self.timer.cancel()
        for duplicate in self.sockets:
            duplicate.close()

    def _left(self):
        return max(self.until - time.monotonic(), 0)

    def connect(self, host, port):
        """A connected socket."""
        try:
            addresses = _look_up(host.strip("[]"), port, self._left)
        except TimeoutError:
            self.what = "too slow"
            raise
        public = [is_public(address) for address in addresses]
        if not all(public) and not self.allow_private:
            self.what = "private address"
            raise AddressRefused
        if any(public) and self.only_private:
            self.what = "bad address: scheme"
            raise AddressRefused
        connected = self._first(addresses, port)
        # a duplicate stays valid when TLS takes the socket over
        self.sockets.append(connected.dup())
        if self.what:
            self._cut()
        return connected

    def _first(self, addresses, port):
        for further, address in zip(reversed(range(len(addresses))), addresses, strict=True):
            # a share of what is left for each, so that the last one is tried in time too
            try:
                return socket.create_connection((address, port), self._left() / (further + 1))
            except OSError:
                if not further:
                    raise
        raise OSError

    def _cut(self):
        self.what = "too slow"
        for duplicate in self.sockets:
            try:
                duplicate.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class _Adapter(requests.adapters.HTTPAdapter):
    """Lets a guard make the connections."""

    def __init__(self, guard):
        self.guard = guard
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, **kwargs)
        guard = self.guard

        class Plain(HTTPConnection):
            def _new_conn(self):
                return guard.connect(self.host, self.port)

        class Tls(HTTPSConnection):
            def _new_conn(self):
                return guard.connect(self.host, self.port)

        self.poolmanager.pool_classes_by_scheme = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": Plain}),
            "https": type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": Tls}),
        }
