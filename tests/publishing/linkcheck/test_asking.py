"""Asking: nothing inside the network is reached, and nobody keeps the program waiting."""

import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from gongkai.core.outbound import Address, is_public
from gongkai.publishing.linkcheck.asking import Asker
from tests.publishing.linkcheck.servers import Site, encrypted, speaking

INSIDE = (
    "127.0.0.1", "localhost", "[::1]", "[::]", "0.0.0.0", "169.254.169.254", "10.1.2.3", "172.16.0.1", "192.168.1.1",
    "100.64.0.1", "2130706433", "0177.0.0.1", "0x7f.1", "0x7f000001", "127.1", "[::ffff:127.0.0.1]", "[::ffff:a00:1]",
    "[fd00::1]", "[fe80::1]", "[fec0::1]", "[2002:7f00:1::]", "[64:ff9b::a00:1]", "[::7f00:1]", "224.0.0.1",
    "255.255.255.255",
)  # fmt: skip


def closed(asker: Asker) -> Asker:
    """The same without a host of the inside."""
    return replace(asker, inner_hosts=frozenset())


@pytest.mark.parametrize("host", INSIDE)
def test_nothing_inside_the_network_is_asked(asker: Asker, site: Site, host: str) -> None:
    assert closed(asker).ask(f"http://{host}:{site.port}/").kind == "inner"
    assert site.asked == []


@pytest.mark.parametrize("address", ["8.8.8.8", "2400:3200::1", "64:ff9b::808:808", "2002:808:808::"])
def test_public_addresses_are_public_inside_ipv6_too(address: str) -> None:
    assert is_public(ip_address(address))


def test_a_name_with_one_private_address_is_not_asked(asker: Asker, site: Site) -> None:
    both = [ip_address("93.184.216.34"), ip_address("127.0.0.1")]
    asking = replace(asker, resolve=lambda _h, _p: both)
    assert asking.ask(f"http://www.example.gov.cn:{site.port}/").kind == "inner"
    assert site.asked == []


def test_a_name_is_resolved_once_and_the_connection_goes_there(
    asker: Asker, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [[ip_address("93.184.216.34")], [ip_address("127.0.0.1")]]
    names: list[str] = []
    went: list[str] = []

    def rebinding(host: str, _: int) -> Sequence[Address]:
        names.append(host)
        return answers[min(len(names), len(answers)) - 1]

    def connect(address: tuple[str, int], _timeout: float) -> socket.socket:
        went.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr("gongkai.core.outbound.create_connection", connect)
    outcome = replace(asker, resolve=rebinding).ask(f"http://rebinding.example.com:{site.port}/")
    assert (outcome.kind, names, went) == ("failed", ["rebinding.example.com"], ["93.184.216.34"])


def test_an_inner_host_is_asked_under_its_exact_name_only(asker: Asker, site: Site) -> None:
    def resolve(_h: str, _p: int) -> Sequence[Address]:
        return [ip_address("127.0.0.1")]

    asking = replace(asker, inner_hosts=frozenset({"oa.example.gov.cn"}), resolve=resolve)
    site.put("/")
    assert asking.ask(f"http://oa.example.gov.cn:{site.port}/").kind == "fine"
    assert site.seen[0]["host"] == f"oa.example.gov.cn:{site.port}"
    assert asking.ask(f"http://a.oa.example.gov.cn:{site.port}/").kind == "inner"


def test_redirects_are_looked_at_anew(asker: Asker, site: Site) -> None:
    asking = replace(asker, resolve=lambda host, _: [ip_address("127.0.0.1" if host == "127.0.0.1" else "10.0.0.9")])
    inner = asking.ask(site.moved("/inner", f"http://oa.example.gov.cn:{site.port}/"))
    assert (inner.kind, inner.final_host) == ("inner", "oa.example.gov.cn")
    for place in ("file:///etc/passwd", "gopher://127.0.0.1/", f"http://a:b@127.0.0.1:{site.port}/", "http://[::1"):
        assert asking.ask(site.moved("/odd", place)).kind == "unsure", place
    assert asking.ask(site.moved("/port", "http://127.0.0.1:22/")).words == "端口22不在检测范围"
    assert asking.ask(site.moved("/mail", "mailto:a@example.gov.cn")).kind == "fine"
    assert asking.ask(site.moved("/home", "http://localhost/items/1")).final_host == ""
    assert {asked.split()[1] for asked in site.asked} == {"/inner", "/odd", "/port", "/mail", "/home"}


def test_redirects_lead_somewhere_or_are_given_up(asker: Asker, site: Site) -> None:
    for number in range(5):
        site.moved(f"/{number}", f"/{number + 1}")
    site.put("/5")
    assert asker.ask(site.at("/0")).kind == "fine"
    loop = asker.ask(site.moved("/loop", "/loop"))
    assert (loop.kind, loop.words, site.asked.count("HEAD /loop")) == ("failed", "跳转次数过多", 6)


@pytest.mark.parametrize(
    "address",
    ["ftp://a.example/", "file:///etc/passwd", "gopher://127.0.0.1:70/", "http://u:p@127.0.0.1/", "http://127.0.0.1@a/",
     "http:///", "http://a:99999/", "http://a/\r\nX-Evil: 1", "http://a\r\n.example/", "http://" + "a" * 2100, "http://a:0/"],
)  # fmt: skip
def test_what_is_no_address_of_a_page_is_never_asked_for(asker: Asker, address: str) -> None:
    def never(_h: str, _p: int) -> Sequence[Address]:
        raise AssertionError("resolved")

    assert replace(asker, resolve=never).ask(address).kind == "unsure"


def test_ports_are_those_that_the_operator_named(asker: Asker, site: Site) -> None:
    asking = replace(asker, ports=frozenset({80, 443}))
    assert asking.ask(site.put("/")).kind == "unsure"
    assert site.asked == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, "fine"), (204, "fine"), (206, "fine"), (304, "fine"), (400, "unsure"), (401, "unsure"), (403, "unsure"),
     (404, "gone"), (410, "gone"), (416, "fine"), (429, "unsure"), (500, "unsure"), (503, "unsure")],
)  # fmt: skip
def test_what_an_answer_means(asker: Asker, site: Site, status: int, kind: str) -> None:
    outcome = asker.ask(site.put("/page", status))
    assert (outcome.kind, outcome.status) == (kind, status)


@pytest.mark.parametrize("head", [403, 404, 405, 500, 501])
def test_where_head_is_refused_a_part_is_asked_for(asker: Asker, site: Site, head: int) -> None:
    assert asker.ask(site.put("/page", head=head)).kind == "fine"
    assert site.asked == ["HEAD /page", "GET /page"]
    assert site.seen[1]["range"] == "bytes=0-65535"


def test_a_request_says_who_asks_and_nothing_else(asker: Asker, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    site.put("/page", Set_Cookie="a=b")
    asker.ask(site.moved("/old", "/page?q=1"))
    asker.ask(site.at("/page"))
    assert site.seen[0]["user-agent"] == "Gongkai-LinkCheck/1 (+http://localhost)"
    names = {"host", "user-agent", "accept", "accept-encoding", "connection", "range"}
    assert all(set(seen) <= names for seen in site.seen)


def test_a_pause_that_is_asked_for_is_kept(asker: Asker, site: Site) -> None:
    first = asker.ask(site.put("/busy", 429, Retry_After="1200"))
    assert (first.kind, first.hold_seconds, first.held_host) == ("unsure", 1200, "127.0.0.1")
    then = asker.ask(site.put("/page"))
    assert (then.kind, round(then.hold_seconds)) == ("held", 1200)
    assert site.asked == ["HEAD /busy"]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("Mon, 23 Mar 2026 03:30:00 GMT", 7200), ("Mon, 23 Mar 2020 03:30:00 GMT", 60), ("0", 60), ("soon", 3600),
     ("9" * 30, 7 * 86_400), ("-5", 3600)],
)  # fmt: skip
def test_pauses_are_dates_or_seconds_within_reason(asker: Asker, site: Site, written: str, seconds: int) -> None:
    assert asker.ask(site.put("/busy", 503, Retry_After=written)).hold_seconds == seconds


def test_nobody_there_and_names_that_are_not(asker: Asker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    asking = replace(asker, ports=frozenset({port, 80}))
    assert asking.ask(f"http://127.0.0.1:{port}/").words == "网站不能连接"
    assert asking.ask(f"http://{'a' * 70}.example/").words == "域名不能解析"
    assert replace(asking, resolve=lambda _h, _p: []).ask("http://a.example/").words == "域名不能解析"


HEAD = b"HTTP/1.1 200 OK\r\n"


def drip_head(connection: socket.socket, stop: threading.Event) -> None:
    connection.sendall(HEAD)
    while not stop.wait(0.05):
        connection.sendall(b"X")


def drip_interim(connection: socket.socket, stop: threading.Event) -> None:
    while not stop.wait(0.01):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def drip_handshake(connection: socket.socket, stop: threading.Event) -> None:
    connection.sendall(b"\x16\x03\x03\x10\x00\x02\x00\x0f\xfc")
    while not stop.wait(0.05):
        connection.sendall(b"\x00")


def silence(_: socket.socket, stop: threading.Event) -> None:
    stop.wait()


@pytest.mark.parametrize("say", [drip_head, drip_interim, drip_handshake, silence])
def test_who_does_not_come_to_an_end_is_cut_off(asker: Asker, say: object) -> None:
    with speaking(say) as port:  # type: ignore[arg-type]
        asking = replace(asker, ports=frozenset({port}), seconds=0.5)
        began = time.monotonic()
        for scheme in ("http", "https"):
            assert asking.ask(f"{scheme}://127.0.0.1:{port}/").kind in ("failed", "unsure")
        assert time.monotonic() - began < 3


def test_a_name_server_that_does_not_answer_is_not_waited_for(asker: Asker) -> None:
    late = threading.Event()

    def resolve(_h: str, _p: int) -> Sequence[Address]:
        late.wait(5)
        return []

    began = time.monotonic()
    assert replace(asker, resolve=resolve, seconds=0.2).ask("http://a.example/").words == "网站长时间没有应答"
    assert time.monotonic() - began < 2
    late.set()


def test_an_endless_body_is_not_read(asker: Asker) -> None:
    sent = [0]

    def endless(connection: socket.socket, stop: threading.Event) -> None:
        connection.recv(4096)
        connection.sendall(HEAD + b"\r\n")
        while not stop.is_set():
            sent[0] += connection.send(b"x" * 65_536)

    with speaking(endless) as port:
        assert replace(asker, ports=frozenset({port})).ask(f"http://127.0.0.1:{port}/").kind == "fine"
        time.sleep(0.2)
    assert sent[0] < 20_000_000


@pytest.mark.parametrize("line", [b"X" * 200_000 + b"\r\n", b"X: y\r\n" * 500])
def test_huge_heads_are_given_up(asker: Asker, line: bytes) -> None:
    def huge(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(4096)
        connection.sendall(HEAD + line + b"\r\n")

    with speaking(huge) as port:
        outcome = replace(asker, ports=frozenset({port})).ask(f"http://127.0.0.1:{port}/")
    assert outcome.kind in ("unsure", "failed")


def test_a_certificate_is_checked_against_the_name(
    asker: Asker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with encrypted(tmp_path) as (port, chain):
        asking = replace(asker, ports=frozenset({port}))
        assert asking.ask(f"https://127.0.0.1:{port}/").kind == "certificate"
        monkeypatch.setenv("SSL_CERT_FILE", str(chain))
        assert asking.ask(f"https://127.0.0.1:{port}/").kind == "fine"
        named = replace(asking, inner_hosts=frozenset({"a.example"}), resolve=lambda _h, _p: [ip_address("127.0.0.1")])
        assert named.ask(f"https://a.example:{port}/").kind == "certificate"
