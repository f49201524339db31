"""What is due to whom, how a mail is made, and how a chat service is called; see also test_sending.py."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_issue import write_issue

from reports.errors import ReportError
from reports.send.chat import ChatChannel, chat_recipients
from reports.send.deliver import IssueMessage, Outcome, Recipient, SendOptions, decide, read_issue_message
from reports.send.smtp import Envelope, MailServer, Security, compose, mail_recipient, parse_address
from warehouse.store.deliveries import DeliveryRecord, DeliveryStatus

NOW = datetime(2026, 8, 17, 6, tzinfo=UTC)
SECRET = b"secret of a home"
ANA = mail_recipient("ana@desk.example", "--to", SECRET)
ENVELOPE = Envelope(sender=parse_address("Watchfloor <digest@watch.example>", "sender"))
HOSTILE = "Rule\r\nBcc: eve@evil.example\r\n\r\n<script>\u202eevil\u2066 \x00\x1b[31m\u2028 " + "x" * 5_000


def message(*, subject: str = "Digest", text: str = "Text", html: str = "<p>Text</p>") -> IssueMessage:
    return IssueMessage(
        week="2026-W33",
        edition="e2",
        subject=subject,
        html=html,
        text=text,
        chat_title="Digest",
        chat_text="A rule",
    )


def record(
    status: DeliveryStatus, *, edition: str = "e2", is_permanent: bool = False, recipient: Recipient = ANA
) -> DeliveryRecord:
    return DeliveryRecord(
        week="2026-W33",
        edition=edition,
        channel=recipient.channel,
        recipient_key=recipient.key,
        status=status,
        is_permanent=is_permanent,
        detail="",
    )


SENT, CLAIMED, UNKNOWN, FAILED = (
    DeliveryStatus.SENT,
    DeliveryStatus.CLAIMED,
    DeliveryStatus.UNKNOWN,
    DeliveryStatus.FAILED,
)


@pytest.mark.parametrize(
    ("records", "options", "due"),
    [
        ([], SendOptions(), Outcome.WOULD_SEND),
        ([record(SENT)], SendOptions(), Outcome.SENT_BEFORE),
        ([record(SENT)], SendOptions(resend=True, corrected=True), Outcome.SENT_BEFORE),
        ([record(UNKNOWN)], SendOptions(), Outcome.PERHAPS_SENT),
        ([record(CLAIMED)], SendOptions(corrected=True), Outcome.PERHAPS_SENT),
        ([record(UNKNOWN)], SendOptions(resend=True), Outcome.WOULD_SEND),
        ([record(FAILED)], SendOptions(), Outcome.WOULD_SEND),
        ([record(FAILED, is_permanent=True)], SendOptions(), Outcome.REFUSED),
        ([record(FAILED, is_permanent=True)], SendOptions(resend=True), Outcome.WOULD_SEND),
        ([record(SENT, edition="e1")], SendOptions(), Outcome.CHANGED_SINCE),
        ([record(UNKNOWN, edition="e1")], SendOptions(resend=True), Outcome.CHANGED_SINCE),
        ([record(SENT, edition="e1")], SendOptions(corrected=True), Outcome.WOULD_SEND),
        ([record(FAILED, edition="e1")], SendOptions(), Outcome.WOULD_SEND),
        (
            [record(SENT, recipient=mail_recipient("ben@desk.example", "--to", SECRET))],
            SendOptions(),
            Outcome.WOULD_SEND,
        ),
    ],
)
def test_what_is_due_follows_from_the_ledger_and_the_orders(
    records: list[DeliveryRecord], options: SendOptions, due: Outcome
) -> None:
    assert decide(message(), ANA, records, options)[0] is due


def read(content: bytes) -> dict[str, str]:
    return dict(message_from_bytes(content, policy=policy.default).items())


HEADERS = {
    "From": "Watchfloor <digest@watch.example>",
    "To": "ana@desk.example",
    "Date": "Mon, 17 Aug 2026 06:00:00 +0000",
    "Message-ID": f"<watchfloor.2026-W33.e2.{ANA.key}@watch.example>",
    "Auto-Submitted": "auto-generated",
    "MIME-Version": "1.0",
}


@settings(max_examples=40)
@given(st.text(st.characters(codec="utf-8"), min_size=1) | st.just(HOSTILE))
def test_no_headline_can_add_a_header_or_touch_another(
    tmp_path_factory: pytest.TempPathFactory, title: str
) -> None:
    home = tmp_path_factory.mktemp("hostile")
    write_issue(home, title)
    made = compose(read_issue_message(home / "digests", "2026-W33", None), ENVELOPE, ANA, NOW).as_bytes()
    headers = read(made)
    subject = headers.pop("Subject")
    content_type = headers.pop("Content-Type")
    assert {**HEADERS, "Message-ID": headers["Message-ID"]} == headers
    assert content_type.startswith("multipart/alternative")
    assert subject.startswith("Watchfloor weekly digest 2026-W33")
    assert subject == " ".join(subject.split())
    assert len(subject) <= 150
    assert not set(subject) & set("\r\n\x00\x1b\u202e\u2066")
    assert all(len(line) <= 998 for line in made.split(b"\r\n"))


def test_mail_is_plain_text_with_html_beside_it_and_keeps_both_whole() -> None:
    text, html = "Dots:\n.\n..\nRégulation 中文 " + "long " * 500, "<p>" + "y" * 5_000 + "…</p>"
    made = message_from_bytes(
        compose(message(text=text, html=html), ENVELOPE, ANA, NOW).as_bytes(), policy=policy.default
    )
    parts = [part for part in made.walk() if not part.is_multipart()]
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert parts[0].get_content().replace("\r\n", "\n").rstrip("\n") == text
    assert parts[1].get_content().rstrip() == html


def test_list_unsubscribe_names_every_way_out() -> None:
    envelope = Envelope(
        sender=ENVELOPE.sender,
        unsubscribe="mailto:off@watch.example, https://watch.example/off\r\nBcc: e@e.example",
    )
    headers = read(compose(message(), envelope, ANA, NOW).as_bytes())
    assert headers["List-Unsubscribe"].strip() == "<mailto:off@watch.example>, <https://watch.example/off>"
    assert "Bcc" not in headers


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "ana@",
        "@desk",
        "a b@desk.example",
        "ana@desk.example\r\nBcc: eve@evil.example",
        "ána@desk.example",
    ],
)
def test_what_is_no_address_is_refused_with_its_setting(text: str) -> None:
    with pytest.raises(ReportError, match="--to"):
        mail_recipient(text, "--to", SECRET)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (
            "smtps://ana:p%40ss@mail.example",
            MailServer(host="mail.example", port=465, security=Security.TLS, user="ana", password="p@ss"),
        ),
        ("smtp://mail.example:2525", MailServer(host="mail.example", port=2525, security=Security.STARTTLS)),
        ("smtp+insecure://127.0.0.1", MailServer(host="127.0.0.1", port=25, security=Security.NONE)),
    ],
)
def test_mail_server_is_read_from_its_address(url: str, server: MailServer) -> None:
    assert MailServer.parse(url) == server


@pytest.mark.parametrize(
    "url", ["", "mail.example", "https://hunter2@mail.example", "smtp://", "smtp://u:hunter2@h:port"]
)
def test_wrong_address_of_a_mail_server_is_told_without_its_password(url: str) -> None:
    with pytest.raises(ReportError) as caught:
        MailServer.parse(url)
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(MailServer(host="h", port=1, security=Security.TLS, password="hunter2"))


def test_headline_can_call_nobody_in_a_chat(tmp_path: Path) -> None:
    write_issue(tmp_path, "@channel <!here> *Rule* `x` [a](http://evil.example)")
    text = read_issue_message(tmp_path / "digests", "2026-W33", "https://watch.example/").chat_text
    assert "@channel" not in text
    assert not set(text) & set("<>`*[]")
    assert text.endswith("https://watch.example/issues/2026-W33.html")


class Service(BaseHTTPRequestHandler):
    """A webhook that keeps what it receives and answers with a set status."""

    received: list[dict[str, str]]
    status: int | None

    def do_POST(self) -> None:
        type(self).received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        if self.status is not None:
            self.send_response(self.status)
            self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def webhook() -> Iterator[str]:
    Service.received, Service.status = [], 200
    with HTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"json://user:TokenAAAA@127.0.0.1:{server.server_port}/TokenBBBB"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "result", "is_permanent"),
    [
        (200, SENT, False),
        (404, FAILED, True),
        (429, FAILED, False),
        (503, FAILED, False),
        (None, UNKNOWN, False),
    ],
)
def test_chat_service_is_told_once_and_its_answer_is_believed(
    webhook: str,
    status: int | None,
    result: DeliveryStatus,
    is_permanent: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    Service.status = status
    claims: list[str] = []
    (recipient,) = chat_recipients([webhook], SECRET)
    attempt = ChatChannel(message()).deliver(recipient, lambda: claims.append("claimed"))
    assert (attempt.status, attempt.is_permanent) == (result, is_permanent)
    assert [received["title"] for received in Service.received] == ["Digest"]
    assert claims == ["claimed"]
    assert "Token" not in attempt.detail + recipient.label + repr(recipient) + caplog.text
