"""Sending against a real mail server on loopback: each recipient gets one mail, whatever dies on the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from fakes import WEEK
from filelock import FileLock
from mail_server import MailBox, mail_server
from paths import ROOT
from typer.testing import CliRunner, Result
from written_issue import write_issue

from flows.cli import app
from reports.send.deliver import unsalted_key
from reports.send.smtp import mail_recipient

pytestmark = pytest.mark.slow

NOW = "2026-08-17T06:00Z"
ANA, BEN = "ana@desk.example", "ben@desk.example"
# The run is ended as by the kernel: no handler, no exit code, no goodbye.
KILLED_WHILE_RECORDING = """
import os, signal
from warehouse.store.deliveries import DeliveryLedger
DeliveryLedger.record = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
from flows.cli import main
main()
"""


@pytest.fixture
def box() -> Iterator[MailBox]:
    with mail_server() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, box: MailBox, empty_warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WATCHFLOOR_SMTP_URL", f"smtp+insecure://127.0.0.1:{box.port}")
    monkeypatch.setenv("WATCHFLOOR_MAIL_SENDER", "Watchfloor <digest@watch.example>")
    monkeypatch.setenv("WATCHFLOOR_MAIL_RECIPIENTS", f"{ANA}, {BEN}")
    monkeypatch.setattr("flows.sending._pause", lambda _attempt: None)
    write_issue(tmp_path / "home", "Rule takes effect")
    shutil.copy(empty_warehouse, tmp_path / "home")
    return tmp_path / "home"


def send(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "--now", NOW, "send", "--week", str(WEEK), *words])


def outcomes(done: Result) -> list[str]:
    return [one["outcome"] for one in json.loads(done.stdout)["deliveries"]]


def statuses(home: Path) -> list[str]:
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as con:
        return [
            status for (status,) in con.execute("SELECT status FROM deliveries ORDER BY recipient").fetchall()
        ]


def run_and_die(home: Path, program: str = "from flows.cli import main; main()") -> None:
    words = ["--home", str(home), "--now", NOW, "send", "--week", str(WEEK)]
    done = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def killer(home: Path) -> int:
    """The process that is sending from this home: the one that holds its lock."""
    lock = (home / ".send.lock").stat()
    for line in Path("/proc/locks").read_text("ascii").splitlines():
        fields = line.split()
        if fields[1] == "FLOCK" and fields[5].rsplit(":", 1)[1] == str(lock.st_ino):
            return int(fields[4])
    raise AssertionError("nobody is sending")


def test_each_recipient_gets_one_mail_and_a_second_run_sends_none(home: Path, box: MailBox) -> None:
    first, second = send(home), send(home, "--json")
    assert first.exit_code == second.exit_code == 0, first.output + second.output
    assert box.recipients == [ANA, BEN]
    assert outcomes(second) == ["sent_before", "sent_before"]
    assert statuses(home) == ["sent", "sent"]


def test_run_killed_between_sending_and_recording_gives_no_second_mail_unless_told_to(
    home: Path, box: MailBox
) -> None:
    run_and_die(home, KILLED_WHILE_RECORDING)
    assert box.recipients == [ANA]
    again = send(home)
    assert box.recipients == [ANA, BEN]
    assert again.exit_code == 1
    assert "perhaps sent" in again.stdout
    assert "--resend" in again.stderr
    assert statuses(home) == ["unknown", "sent"]
    assert send(home, "--resend").exit_code == 0
    assert box.recipients == [ANA, BEN, ANA]
    first, other, resent = (message["Message-ID"] for _, message in box.received)
    assert first == resent != other
    assert statuses(home) == ["sent", "sent"]


def test_run_killed_while_the_server_has_the_text_gives_no_second_mail(home: Path, box: MailBox) -> None:
    def kill(_recipient: str) -> str:
        os.kill(killer(home), signal.SIGKILL)
        return "250 queued"

    box.at_data = kill
    run_and_die(home)
    box.at_data = lambda _recipient: None
    assert send(home).exit_code == 1
    assert box.recipients == [ANA, BEN]


def test_run_killed_before_the_text_loses_no_mail(home: Path, box: MailBox) -> None:
    def kill(recipient: str) -> None:
        if recipient == BEN:
            os.kill(killer(home), signal.SIGKILL)

    box.at_rcpt = kill
    run_and_die(home)
    box.at_rcpt = lambda _recipient: None
    again = send(home)
    assert again.exit_code == 0, again.output
    assert box.recipients == [ANA, BEN]


def test_connection_lost_over_the_text_leaves_it_unknown(home: Path, box: MailBox) -> None:
    box.at_data = lambda recipient: box.hang_up() if recipient == ANA else None
    first = send(home, "--json")
    assert first.exit_code == 1
    assert outcomes(first) == ["perhaps_sent", "sent"]
    assert outcomes(send(home, "--json")) == ["perhaps_sent", "sent_before"]


def test_passing_refusal_is_tried_again_until_the_server_takes_it(home: Path, box: MailBox) -> None:
    answers = iter(["451 greylisted", "452 full"])
    box.at_data = lambda _recipient: next(answers, None)
    assert send(home).exit_code == 0
    assert box.recipients == [ANA, BEN]


def test_lasting_passing_refusal_asks_to_try_later_and_the_next_run_sends(home: Path, box: MailBox) -> None:
    box.at_rcpt = lambda recipient: "450 greylisted" if recipient == ANA else None
    later = send(home)
    assert later.exit_code == 3
    assert "450 greylisted" in later.stdout
    box.at_rcpt = lambda _recipient: None
    assert send(home).exit_code == 0
    assert box.recipients == [BEN, ANA]


def test_refusal_for_good_is_named_and_not_repeated(home: Path, box: MailBox) -> None:
    asked: list[str] = []
    box.at_rcpt = lambda recipient: (
        asked.append(recipient) or ("550 no such user" if recipient == ANA else None)
    )
    refused = send(home)
    assert refused.exit_code == 1
    assert "550 no such user" in refused.stdout
    assert send(home).exit_code == 1
    assert asked == [ANA, BEN]


def test_server_that_is_down_asks_to_try_later_and_loses_nothing(
    home: Path, box: MailBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as wrong:
        wrong.setenv("WATCHFLOOR_SMTP_URL", "smtp+insecure://127.0.0.1:1")
        assert send(home).exit_code == 3
    assert send(home).exit_code == 0
    assert box.recipients == [ANA, BEN]


def test_server_without_starttls_gets_no_password_and_no_mail(
    home: Path, box: MailBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHFLOOR_SMTP_URL", f"smtp://ana:hunter2@127.0.0.1:{box.port}")
    done = send(home)
    assert done.exit_code == 1
    assert "STARTTLS" in done.stdout
    assert not box.received


@pytest.mark.parametrize(
    ("trusted", "password", "code", "said"),
    [
        (True, "p%40ss", 0, "sent"),
        (True, "hunter2", 1, "refuses the login (535)"),
        (False, "p%40ss", 1, "certificate"),
    ],
)
def test_login_goes_only_over_starttls_to_a_server_that_proves_who_it_is(
    home: Path,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    trusted: bool,
    password: str,
    code: int,
    said: str,
) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)

    def check(
        _server: object, _session: object, _envelope: object, _how: str, login: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=login == LoginPassword(b"ana", b"p@ss"), handled=False)

    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(
        tls_context=tls, require_starttls=True, auth_required=True, authenticator=check
    ) as private:
        monkeypatch.setenv("WATCHFLOOR_SMTP_URL", f"smtp://ana:{password}@127.0.0.1:{private.port}")
        done = send(home)
    assert done.exit_code == code, done.output
    assert said in done.stdout
    assert "hunter2" not in done.output
    assert private.recipients == ([ANA, BEN] if code == 0 else [])


def test_changed_issue_goes_to_nobody_twice_unless_it_is_said_to_be_corrected(
    home: Path, box: MailBox
) -> None:
    send(home)
    write_issue(home, "Rule takes effect", "The rule takes effect on Monday.")
    unchanged = send(home, "--json")
    assert outcomes(unchanged) == ["changed_since", "changed_since"]
    assert box.recipients == [ANA, BEN]
    assert send(home, "--corrected").exit_code == 0
    assert send(home, "--corrected", "--json").exit_code == 0
    assert box.recipients == [ANA, BEN, ANA, BEN]
    assert box.received[2][1]["Subject"].startswith("Corrected: Watchfloor weekly digest 2026-W33")


def test_dry_run_says_who_would_get_it_and_sends_nothing(home: Path, box: MailBox) -> None:
    (home / "warehouse.duckdb").unlink()
    done = send(home, "--dry-run", "--json")
    assert outcomes(done) == ["would_send", "would_send"]
    assert not box.received
    assert not (home / "warehouse.duckdb").exists()


def test_one_address_can_be_sent_to_alone(home: Path, box: MailBox) -> None:
    assert send(home, "--to", "eve@desk.example", "--to", "Eve <EVE@desk.example>").exit_code == 0
    assert box.recipients == ["EVE@desk.example"]


def test_ledger_keeps_no_address(home: Path) -> None:
    send(home)
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as con:
        kept = str(con.execute("SELECT * FROM store.deliveries").fetchall())
    assert "ana@" not in kept
    assert "a***@desk.example" in kept


def test_two_runs_do_not_send_at_once(home: Path, box: MailBox) -> None:
    with FileLock(home / ".send.lock"):
        done = send(home)
    assert done.exit_code == 3
    assert "another run" in done.stderr
    assert not box.received


def test_claim_waits_for_a_flow_that_holds_the_warehouse_and_then_sends(
    home: Path, box: MailBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The flow is another process, as DuckDB locks only other processes out."""
    hold = (
        "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    )
    flow = subprocess.Popen(
        [sys.executable, "-c", hold, str(home / "warehouse.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert flow.stdout
    assert flow.stdin
    assert flow.stdout.readline() == b"held\n"

    def wait(_seconds: float) -> None:
        if flow.poll() is None:
            flow.communicate()

    monkeypatch.setattr("flows.sending.time.sleep", wait)
    assert send(home).exit_code == 0
    assert flow.returncode == 0
    assert box.recipients == [ANA, BEN]


@pytest.mark.parametrize("missing", ["html", "mail.html", "mail.txt"])
def test_issue_that_is_not_whole_is_named_with_what_writes_it(home: Path, missing: str) -> None:
    (home / "digests" / f"{WEEK}.{missing}").unlink()
    done = send(home)
    assert done.exit_code == 1
    assert f"{WEEK}.{missing}" in done.stderr
    assert f"watchfloor digest --week {WEEK}" in done.stderr


def test_nobody_to_send_to_is_a_usage_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHFLOOR_MAIL_RECIPIENTS")
    assert send(home).exit_code == 2


def test_no_secret_stands_in_any_output(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "WATCHFLOOR_APPRISE_URLS", "slack://TokenAAAA/TokenBBBB/TokenCCCC nonsense://TokenDDDD"
    )
    monkeypatch.setenv("WATCHFLOOR_SMTP_URL", "ftp://ana:hunter2@mail.example")
    outputs = [send(home, "--dry-run").output, send(home).output]
    monkeypatch.setenv("WATCHFLOOR_APPRISE_URLS", "slack://TokenAAAA/TokenBBBB/TokenCCCC")
    outputs += [send(home, "--dry-run").output, send(home).output, send(home, "--dry-run", "--json").output]
    assert not [text for text in outputs if "Token" in text or "hunter2" in text]
    assert "WATCHFLOOR_APPRISE_URLS" in outputs[0]
    assert "Slack (" in outputs[2]
    assert "WATCHFLOOR_SMTP_URL" in outputs[3]


def test_ledger_of_the_first_kind_gets_keyed_hashes_and_nobody_a_second_mail(
    home: Path, box: MailBox
) -> None:
    send(home)
    keyed = [one[0] for one in _keys(home)]
    with duckdb.connect(home / "warehouse.duckdb") as con:
        for address in (ANA, BEN):
            recipient = mail_recipient(address, "--to", (home / "send.key").read_bytes().strip())
            old = unsalted_key(recipient)
            con.execute(
                "UPDATE store.deliveries "
                "SET recipient_key = $old, message_id = replace(message_id, $new, $old) "
                "WHERE recipient_key = $new",
                {"old": old, "new": recipient.key},
            )
    assert outcomes(send(home, "--json")) == ["sent_before", "sent_before"]
    assert [one[0] for one in _keys(home)] == keyed
    assert all(key in message_id for key, message_id in _keys(home))
    assert len(box.received) == 2


def test_lost_secret_stops_the_sending_rather_than_sending_twice(home: Path, box: MailBox) -> None:
    send(home)
    (home / "send.key").unlink()
    done = send(home)
    assert done.exit_code == 1
    assert "send.key: is missing" in done.stderr
    assert len(box.received) == 2


def _keys(home: Path) -> list[tuple[str, str]]:
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as con:
        return con.execute(
            "SELECT recipient_key, message_id FROM deliveries ORDER BY recipient_key"
        ).fetchall()
