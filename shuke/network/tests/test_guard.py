import ipaddress
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.network import guard
from shuke.network.testing import says, web

LOOPBACK = "127.0.0.0/8"
INSIDE = """
127.0.0.1 127.9.9.9 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 100.127.255.255 0.0.0.0 0.1.2.3 224.0.0.1 239.1.1.1
240.0.0.1 255.255.255.255 192.0.2.1 198.18.0.1 ::1 :: fe80::1 fc00::1 fec0::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1
64:ff9b::7f00:1 2002:7f00:1:: 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1
""".split()


def refused(url: str) -> str:
    with pytest.raises(guard.Shut) as shut:
        guard.send(url, body=b"", headers={})
    return shut.value.sentence


@pytest.fixture
def lan(monkeypatch):
    monkeypatch.setenv("SHUKE_LAN", LOOPBACK)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(guard, "SECONDS", 0.4)


@pytest.mark.parametrize("ip", INSIDE)
def test_what_is_not_global_is_not_reached(ip):
    assert not guard.may_reach(ipaddress.ip_address(ip))


@pytest.mark.parametrize("ip", ["1.1.1.1", "101.226.4.6", "2400:3200::1", "::ffff:1.1.1.1"])
def test_the_world_is_reached(ip):
    assert guard.may_reach(ipaddress.ip_address(ip))


def test_the_shops_own_network_is_reached_when_it_is_named_and_never_the_neighbours_on_the_wire(monkeypatch):
    monkeypatch.setenv("SHUKE_LAN", "192.168.0.0/16, 10.1.0.0/24,169.254.0.0/16,0.0.0.0/0,fc00::/7")
    reached = {ip: guard.may_reach(ipaddress.ip_address(ip)) for ip in ("192.168.3.4", "fc00::1", "::ffff:10.1.0.9", "fe80::1")}
    assert reached == {"192.168.3.4": True, "fc00::1": True, "::ffff:10.1.0.9": True, "fe80::1": False}
    assert not guard.may_reach(ipaddress.ip_address("169.254.169.254"))


def test_a_wrong_list_of_networks_opens_nothing(monkeypatch):
    monkeypatch.setenv("SHUKE_LAN", "127.0.0.0/8,everything")
    assert "SHUKE_LAN" in refused("http://127.0.0.1:9/")


ODD = """
http://2130706433/ http://0x7f000001/ http://0177.0.0.1/ http://127.1/ http://[::1]/ http://[::ffff:127.0.0.1]/ http://①②⑦.⓪.⓪.①/
http://127。0。0。1/ http://localhost/ http://localhost./ http://LOCALHOST/ http://a@127.0.0.1/ http://a:b@localhost/ http://127.0.0.1./
http://[fe80::1%25eth0]/ http://1.1.1.1@127.0.0.1/ http://127.0.0.1:0/ http://127.0.0.1:99999/ http://127.0.0.1\\@1.1.1.1/
ftp://127.0.0.1/ file:///etc/passwd gopher://127.0.0.1/ http:///x //127.0.0.1/ http://127.0.0.1%00.example.com/ http://[127.0.0.1]/
""".split()


@pytest.mark.parametrize("url", [*ODD, "http://127.0.0.1\0.example.com/", "http://ex\nample.com/", "http://127.0.0.1 /", ""])
def test_no_spelling_leads_inside(url, monkeypatch):
    monkeypatch.setattr(guard.Plain, "connect", lambda *args: pytest.fail("connected"))
    assert refused(url)


SPELLINGS = st.sampled_from([str, hex, "0{:o}".format, "{:03}".format])
HOSTS = st.one_of(
    st.ip_addresses().map(lambda ip: f"[{ip}]" if ip.version == 6 else str(ip)),
    st.integers(0, 2**32 - 1).flatmap(lambda n: st.sampled_from([str(n), hex(n), oct(n), f"0{n:o}"])),
    st.tuples(SPELLINGS, st.lists(st.integers(0, 255), min_size=2, max_size=4)).map(lambda spelled: ".".join(map(*spelled))),
    st.text("0123456789abcdefx.:[]%@/\\-。．①⑦\0\t\r\n ", max_size=20),
    st.text(max_size=20),
)


@given(host=HOSTS, tail=st.sampled_from(["", ".", ":80", ":0x50", "/", "?", "#@1.1.1.1", "@1.1.1.1"]))
def test_what_passes_can_be_read_in_one_way_only(host, tail):
    """Whatever is typed: what passes is an IP in its one spelling or a name."""
    try:
        to = guard.target(f"http://{host}{tail}")
    except guard.Shut:
        return
    assert to.host.isascii() and not set(to.host) & set("@/\\%[] \0\r\n?#") and 0 < to.port < 65536
    if to.host.replace(".", "").isdigit():
        assert str(ipaddress.ip_address(to.host)) == to.host
    if ":" in to.host:
        assert ipaddress.ip_address(to.host).version == 6


def test_a_name_is_resolved_once_and_all_its_addresses_are_checked(monkeypatch):
    asked = []

    def resolve(host, port, **said):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ("1.1.1.1", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(guard.Plain, "connect", lambda *args: pytest.fail("connected"))
    assert "example.com" in refused("http://example.com/")
    assert asked == ["example.com"]


def test_the_connection_goes_to_the_checked_address_under_the_name_that_was_typed(lan, monkeypatch):
    """The second answer of a resolver that changes its mind is never asked for."""
    answers = iter([[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **said: next(answers))
    with web(says(b"well")) as server:
        answer = guard.send(f"http://robot.example.com:{server.port}/send?key=1", body=b"hello", headers={})
    assert answer == (200, b"well")
    assert server.asked == [{"path": "/send?key=1", "body": b"hello", "host": f"robot.example.com:{server.port}"}]


def test_a_loopback_server_is_refused_without_the_allow_list():
    with web(says(b"secret")) as server:
        assert "127.0.0.1" in refused(server.url())
    assert server.asked == []


def test_a_redirect_is_not_followed(lan):
    with web(says(b"secret")) as inner, web(says(b"", 302, Location=inner.url())) as outer:
        assert refused(outer.url())
    assert (len(outer.asked), inner.asked) == (1, [])


def test_a_long_answer_is_not_read(lan):
    with web(says(b"x" * 2 * guard.LARGEST)) as server:
        assert refused(server.url())
    with web(says(b"x" * guard.LARGEST)) as server:
        assert len(guard.send(server.url(), body=b"", headers={}).body) == guard.LARGEST


@pytest.mark.parametrize("drip", [0, 1])
def test_who_hangs_or_drips_is_left_in_time(lan, impatient, drip):
    done = threading.Event()

    def answer(handler):
        while drip and not done.wait(0.1):
            handler.wfile.write(b"x")
        done.wait(5)

    try:
        with web(answer) as server:
            assert refused(server.url()) == "“127.0.0.1”五秒内没有回应。"
    finally:
        done.set()


def test_who_says_nonsense_or_nothing_is_told_in_words(lan):
    with web(lambda handler: handler.wfile.write(b"\0\0\0\0")) as server:
        assert refused(server.url())
    with web(lambda handler: None) as server:
        assert refused(server.url())
        assert refused(server.url().replace("http", "https"))
        port = server.port
    assert str(port) in refused(f"http://127.0.0.1:{port}/")
