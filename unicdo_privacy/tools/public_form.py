# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a form needs that works without an account: an encrypted way, our own page as its origin, a source to count."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host):
    """Whether a host, with or without port, names the browser's own machine."""
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def is_encrypted(scheme, host, proxy_mode, base_url):
    """Whether a request came encrypted, as far as can be told (POLICY GOV-9).

    :param str scheme: of the request, as the proxy says if ``proxy_mode``
    :param str host: as the browser named it, with or without port
    :param bool proxy_mode: whether what a proxy says about the request is believed
    :param str base_url: address at which Odoo is said to be reached
    :return: bool; True where a proxy takes the encryption off and ``proxy_mode`` is not set, so that nobody can tell
    """
    return scheme == "https" or is_loopback(host) or (not proxy_mode and base_url.startswith("https://"))


def is_from_elsewhere(headers, host):
    """Whether another site made the browser send a form; needs no cookie, and so no session that may have ended.

    :param headers: mapping of the request's headers
    :param str host: as the browser named it, with port if there was one
    :return: bool; False for what is no browser, which nobody can trick into sending a form
    """
    if site := headers.get("Sec-Fetch-Site"):
        return site not in ("same-origin", "none")
    origin = headers.get("Origin")
    return bool(origin) and urlsplit(origin).netloc != host


def source_of(address):
    """What of a network address is counted: all of it, or the part of IPv6 that one subscriber has to themselves."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
