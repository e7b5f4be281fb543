"""Speaking to an address that a person typed: resolved once, checked, connected to as checked; bounded in time and size."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

SECONDS = 5.0  # for everything: to find the name, to connect, to speak
LARGEST = 1024 * 1024  # bytes of an answer
PORTS = {"http": 80, "https": 443}

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Shut(Exception):
    """We do not speak to this address, or it did not answer. `sentence` tells the person which."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Target(NamedTuple):
    """Where a URL leads: `host` as the certificate and the other side know it, `path` with its query."""

    scheme: str
    host: str
    port: int
    path: str


class Answer(NamedTuple):
    status: int
    body: bytes


def target(url: str) -> Target:
    """What `url` names, by its spelling alone: nobody is asked. Raises Shut for what is no plain http or https address."""
    wrong = Shut(_("This is not a web address that we can use. It begins with https:// and has no user name in it."))
    if not url.isprintable() or any(sign in url for sign in " \\") or len(url) > 2000:
        raise wrong
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in PORTS or "@" in parts.netloc or not parts.hostname or port == 0:
        raise wrong
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise wrong
    return Target(parts.scheme, host_of(parts.hostname), port or PORTS[parts.scheme], path)


def host_of(text: str) -> str:
    """A host as it is asked for: a name in ASCII without its last dot, or an IP in its one spelling.

    Raises Shut for other spellings of an IP (2130706433, 0x7f.1, 0177.0.0.1): resolvers read them each in their own way.
    """
    wrong = Shut(_("“%(host)s” is not the name of a server.") % {"host": text[:80]})
    if "%" in text:  # an address of one wire only
        raise wrong
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(text))
    try:
        name = text.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError:
        raise wrong from None
    with contextlib.suppress(ValueError):  # full-width digits and dots were an IP all along
        return str(ipaddress.ip_address(name))
    labels = name.split(".")
    plain = all(label and label.replace("-", "").replace("_", "").isalnum() for label in labels)
    last = labels[-1]
    if not plain or not name.isascii() or len(name) > 253 or last.isdigit() or last.startswith("0x"):
        raise wrong
    return name


def lan() -> list[Network]:
    """The networks of the shop itself that whoever runs the server allows: SHUKE_LAN=192.168.0.0/16,10.1.0.0/24."""
    said = os.environ.get("SHUKE_LAN", "")
    try:
        return [ipaddress.ip_network(part.strip()) for part in said.split(",") if part.strip()]
    except ValueError:
        raise Shut(_("SHUKE_LAN is not a list of networks. Please tell whoever runs the server.")) from None


def may_reach(ip: Ip) -> bool:
    """Whether we speak to `ip`: what all the world can reach, and what SHUKE_LAN names; never the neighbours on the wire."""
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        return may_reach(ip.ipv4_mapped)
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:  # the first is where clouds tell their secrets
        return False
    if any(ip.version == network.version and ip in network for network in lan()):
        return True
    # What carries an IPv4 address inside would lead past the check of that one.
    carries = isinstance(ip, ipaddress.IPv6Address) and (ip.sixtofour or ip.teredo or ip.is_site_local)
    return ip.is_global and not (ip.is_private or ip.is_reserved or ip.is_loopback or carries)


def left(until: float) -> float:
    """Seconds until the moment `until` of the monotonic clock. Raises TimeoutError when it is over."""
    rest = until - time.monotonic()
    if rest <= 0:
        raise TimeoutError
    return rest


def places(host: str, port: int, until: float) -> list[Ip]:
    """The addresses of `host`, all of them checked. Raises Shut when one is not to be reached, or none is known."""
    found: list[Any] = []

    def ask() -> None:
        with contextlib.suppress(OSError, UnicodeError):
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))

    asking = threading.Thread(target=ask, daemon=True)  # a resolver knows no time limit
    asking.start()
    asking.join(left(until))
    ips = list(dict.fromkeys(ipaddress.ip_address(each[4][0].partition("%")[0]) for each in list(found)))
    if not ips:
        raise Shut(_("“%(host)s” was not found. Please check the spelling.") % {"host": host})
    if not all(map(may_reach, ips)):
        raise Shut(_("“%(host)s” lies inside a private network. The person who runs the server can allow it.") % {"host": host})
    return ips


class Bounded:
    """A socket on which every wait ends with `until`, however slowly the other side drips."""

    until: float
    settimeout: Any

    def recv(self, *args: Any) -> Any:
        self.settimeout(left(self.until))
        return super().recv(*args)  # type: ignore[misc]

    def recv_into(self, *args: Any) -> Any:
        self.settimeout(left(self.until))
        return super().recv_into(*args)  # type: ignore[misc]

    def send(self, *args: Any) -> Any:
        self.settimeout(left(self.until))
        return super().send(*args)  # type: ignore[misc]

    def sendall(self, *args: Any) -> Any:
        self.settimeout(left(self.until))
        return super().sendall(*args)  # type: ignore[misc]


class Plain(Bounded, socket.socket):
    pass


class Tls(Bounded, ssl.SSLSocket):
    pass


def tls(until: float) -> ssl.SSLContext:
    """A context that checks certificates, for sockets bounded by `until`."""
    context = ssl.create_default_context()
    context.sslsocket_class = type("Tls", (Tls,), {"until": until})
    return context


def connect(host: str, port: int, until: float) -> Plain:
    """A connection to the first address of `host` that takes one. Raises Shut."""
    for ip in places(host, port, until):
        made = Plain(socket.AF_INET6 if ip.version == 6 else socket.AF_INET, socket.SOCK_STREAM)
        made.until = until
        try:
            made.settimeout(left(until))
            made.connect((str(ip), port))
        except TimeoutError:
            made.close()
            raise
        except OSError:
            made.close()
        else:
            return made
    raise Shut(_("“%(host)s” takes no connection on port %(port)s.") % {"host": host, "port": port})


@contextlib.contextmanager
def told(host: str) -> Iterator[None]:
    """What goes wrong on the wire, as sentences."""
    said = {"host": host}
    try:
        yield
    except TimeoutError:
        raise Shut(_("“%(host)s” did not answer within five seconds.") % said) from None
    except ssl.SSLCertVerificationError:
        raise Shut(_("“%(host)s” shows a certificate that is not valid for it.") % said) from None
    except ssl.SSLError:
        raise Shut(_("“%(host)s” speaks no TLS on this port.") % said) from None
    except (OSError, http.client.HTTPException, EOFError):
        raise Shut(_("“%(host)s” broke off the connection.") % said) from None


class Connection(http.client.HTTPConnection):
    """HTTP to one target over a checked connection; Host and certificate go by its name."""

    def __init__(self, to: Target, until: float) -> None:
        self.default_port = PORTS[to.scheme]  # with it the Host header says no port
        super().__init__(to.host, to.port)
        self.to, self.until = to, until

    def connect(self) -> None:
        self.sock = connect(self.to.host, self.to.port, self.until)
        if self.to.scheme == "https":
            self.sock = tls(self.until).wrap_socket(self.sock, server_hostname=self.to.host)


def send(url: str, *, body: bytes, headers: Mapping[str, str], method: str = "POST") -> Answer:
    """Send one request to an address that a person typed. Raises Shut with a sentence, also for a redirect and a long answer."""
    to, until = target(url), time.monotonic() + SECONDS
    connection = Connection(to, until)
    try:
        with told(to.host):
            connection.request(method, to.path, body=body, headers={"User-Agent": "Shuke", "Connection": "close", **headers})
            response = connection.getresponse()
            if 300 <= response.status < 400:
                raise Shut(_("“%(host)s” sends us on to another address. Please enter that one.") % {"host": to.host})
            told_us = response.read(LARGEST + 1)
    finally:
        connection.close()
    if len(told_us) > LARGEST:
        raise Shut(_("“%(host)s” answered with more than one megabyte.") % {"host": to.host})
    return Answer(response.status, told_us)
