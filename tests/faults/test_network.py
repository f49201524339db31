"""The network: addresses that are no publisher's, redirects and certificates that prove nothing, proxies."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network
from pathlib import Path
from threading import Thread

import pytest
from certificate import made_certificate
from fakes import NOW, source
from fault_server import GOOD
from typer.testing import CliRunner

from flows.cli import app
from sources.http import client as http_client
from sources.http.client import FetchLimits, fetch_feed, new_client
from sources.http.ssrf import is_public, tls_context
from sources.model import FetchResult, FetchState, Outcome

LIMITS = FetchLimits(
    connect_timeout_s=2,
    read_timeout_s=2,
    total_timeout_s=5,
    allowed_hosts=frozenset({"127.0.0.1", "localhost"}),
)
# IANA's IPv4 and IPv6 Special-Purpose Address Registries, whole, and what others keep for other uses
# than unicast between networks: multicast, site-local, IPv4-compatible and IPv4-translated addresses.
SPECIAL = """
0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
192.0.0.0/29
192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 192.0.2.0/24 192.31.196.0/24
192.52.193.0/24
192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4
255.255.255.255/32 224.0.0.0/4
::1/128 ::/128 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32 2001:1::1/128
2001:1::2/128 2001:1::3/128
2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32 2620:4f:8000::/48
3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8 ::/96 ::ffff:0:0:0/96
""".split()
# These hold an IPv4 address, and are what that is: mapped, translated (NAT64), 6to4.
WRAPPED = ("::ffff:{}", "64:ff9b::{}", "2002:{}::1")


@pytest.mark.parametrize("block", SPECIAL)
def test_no_address_of_a_special_purpose_block_is_a_publishers(block: str) -> None:
    network = ip_network(block)
    middle = network[network.num_addresses // 2]
    assert not any(is_public(address) for address in (network[0], middle, network[-1]))


@pytest.mark.parametrize("form", WRAPPED)
@pytest.mark.parametrize(
    "inner", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "198.18.0.1", "192.88.99.1", "240.0.0.1"]
)
def test_wrapped_address_is_what_its_inner_one_is(form: str, inner: str) -> None:
    packed = ip_address(inner).packed.hex()
    hexed = f"{packed[:4]}:{packed[4:]}"
    assert not is_public(ip_address(form.format(hexed)))
    assert is_public(ip_address(form.format("0808:0808")))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "192.0.1.1", "198.17.0.1", "2001:200::1", "2606:4700::1111", "2a00::1"]
)
def test_address_beside_the_special_blocks_is_public(address: str) -> None:
    assert is_public(ip_address(address))


class _Server(BaseHTTPRequestHandler):
    """Answers a feed, and redirects to the address that follows /to/."""

    def do_GET(self) -> None:
        _, found, target = self.path.partition("/to/")
        self.send_response(302 if found else 200)
        self.send_header("Location", target) if found else None
        self.send_header("Content-Length", "0" if found else str(len(GOOD)))
        self.end_headers()
        self.wfile.write(b"" if found else GOOD)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Callable[..., int]]:
    """Starts servers, over TLS with a certificate if one is given; returns the port."""
    servers: list[ThreadingHTTPServer] = []

    def start(certificate: Path | None = None) -> int:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        servers.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
        return server.server_port

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def fetch(url: str, trusted: Path, monkeypatch: pytest.MonkeyPatch) -> FetchResult:
    """Fetches the address with the certificate trusted."""

    def context() -> ssl.SSLContext:
        made = tls_context()
        made.load_verify_locations(trusted)
        return made

    monkeypatch.setattr(http_client, "tls_context", context)
    with new_client(LIMITS) as client:
        return fetch_feed(client, replace(source("feed"), url=url), FetchState(source_id="feed"), NOW, LIMITS)


def test_redirect_from_https_to_http_is_refused_and_said(
    serve: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = tmp_path / "cert.pem"
    certificate.write_bytes(made_certificate())
    secure, plain = serve(certificate), serve()
    feed = f"http://127.0.0.1:{plain}/feed"
    refused = fetch(f"https://127.0.0.1:{secure}/to/{feed}", certificate, monkeypatch)
    assert refused.outcome is Outcome.BAD_REDIRECT
    assert "redirects from https to http, at 127.0.0.1" in refused.message
    assert fetch(f"https://127.0.0.1:{secure}/to//feed", certificate, monkeypatch).outcome is Outcome.OK
    assert fetch(f"http://127.0.0.1:{plain}/to/{feed}", certificate, monkeypatch).outcome is Outcome.OK


def test_certificate_that_names_its_host_as_common_name_only_is_refused(
    serve: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = tmp_path / "cert.pem"
    certificate.write_bytes(made_certificate("localhost", alternative_names=False))
    refused = fetch(f"https://localhost:{serve(certificate)}/feed", certificate, monkeypatch)
    assert refused.outcome is Outcome.TLS_ERROR


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy"])
def test_doctor_says_that_a_proxy_is_not_used(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "http://proxy.example:3128")
    done = CliRunner().invoke(app, ["--home", str(tmp_path), "doctor", "--json"])
    (proxy,) = (check for check in json.loads(done.stdout)["checks"] if check["name"] == "proxy")
    assert f"{name} set, and not used for feeds" in proxy["found"]


def test_ingest_without_any_answer_names_the_proxy_it_did_not_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    (tmp_path / "catalog.toml").write_text(
        '[[source]]\nid = "a"\nname = "A"\npublisher = "A"\nurl = "http://127.0.0.1:9/feed"\nkind = "news"\n'
        'region = "INT"\nlanguage = "en"\ndesks = []\n'
    )
    done = CliRunner().invoke(app, ["--home", str(tmp_path), "ingest"])
    assert done.exit_code == 3
    assert "HTTPS_PROXY is not used" in done.stderr
