"""Settings: what wins over what, and messages that name the key."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from flows.cli import app
from flows.settings import ConfigFileError, Settings
from sources.http.client import user_agent


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"WATCHFLOOR_{name.upper()}", raising=False)


def test_python_wins_over_the_environment_over_dotenv_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "watchfloor.toml").write_text(
        'timezone = "Europe/Rome"\nkeep_backups = 3\nembedding_model = "m"\nlog_format = "json"'
    )
    (tmp_path / ".env").write_text(
        "WATCHFLOOR_TIMEZONE=Europe/Paris\nWATCHFLOOR_KEEP_BACKUPS=4\nWATCHFLOOR_EMBEDDING_MODEL=n\n"
    )
    monkeypatch.setenv("WATCHFLOOR_TIMEZONE", "Europe/Berlin")
    monkeypatch.setenv("WATCHFLOOR_KEEP_BACKUPS", "5")
    settings = Settings(home=tmp_path, timezone="Asia/Tokyo")
    assert (settings.timezone, settings.keep_backups, settings.embedding_model, settings.log_format) == (
        "Asia/Tokyo",
        5,
        "n",
        "json",
    )


def test_file_named_by_config_may_say_where_the_home_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "etc.toml").write_text(f'home = "{tmp_path / "elsewhere"}"')
    monkeypatch.setenv("WATCHFLOOR_CONFIG", str(tmp_path / "etc.toml"))
    assert Settings().home_dir == tmp_path / "elsewhere"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('zome = "UTC"', r"watchfloor\.toml: zome: no such setting"),
        ("zone = ", r"watchfloor\.toml: is no TOML"),
    ],
)
def test_a_wrong_file_is_named_with_the_key(tmp_path: Path, written: str, said: str) -> None:
    (tmp_path / "watchfloor.toml").write_text(written)
    with pytest.raises(ConfigFileError, match=said):
        Settings(home=tmp_path)


def test_a_file_that_is_named_but_missing_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ConfigFileError, match=r"none\.toml.*WATCHFLOOR_CONFIG"):
        Settings(config=tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIMEZONE", "Mars/Olympus"),
        ("KEEP_BACKUPS", "0"),
        ("LOG_FORMAT", "xml"),
        ("KEEP_SNAPSHOTS_DAYS", "-1"),
    ],
)
def test_command_names_the_variable_that_is_wrong(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"WATCHFLOOR_{name}", value)
    done = CliRunner().invoke(app, ["status"])
    assert done.exit_code == 2
    assert f"WATCHFLOOR_{name}:" in done.stderr


def test_the_alert_address_is_shown_to_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WATCHFLOOR_ALERT_URL", "https://hooks.example/secret")
    assert "secret" not in repr(Settings(home=tmp_path))


def test_wrong_type_in_the_file_names_the_key(tmp_path: Path) -> None:
    (tmp_path / "watchfloor.toml").write_text('keep_backups = "many"')
    with pytest.raises(ValidationError, match="keep_backups"):
        Settings(home=tmp_path)


@pytest.mark.parametrize(
    "contact", ["https://watch.example/about", "desk@watch.example", "mailto:a@b.example"]
)
def test_contact_is_told_to_servers(contact: str) -> None:
    limits = Settings(contact=contact).fetch_limits
    assert f"+{contact};".encode() in user_agent(limits.contact)
    assert user_agent() == b"watchfloor/0.1 (news and policy monitor; feed reader)"


@pytest.mark.parametrize("contact", ["two words", "a)b", "a\r\nX: 1", "ünser@watch.example", "x" * 300])
def test_contact_that_would_break_the_header_is_refused(contact: str) -> None:
    with pytest.raises(ValidationError, match="must be a mail address"):
        Settings(contact=contact)
