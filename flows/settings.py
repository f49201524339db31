"""The settings: from the environment (WATCHFLOOR_*), else .env, else a TOML file, else defaults.

Read nowhere else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from sources.http.client import FetchLimits
from warehouse.embed.encoder import DEFAULT_MODEL
from warehouse.store.paths import LIVE_NAME, SNAPSHOT_NAME

CONFIG_NAME = "watchfloor.toml"
# It becomes part of a header, in parentheses (RFC 9110, section 5.6.5).
_CONTACT = re.compile(r"(?:https?://|mailto:)?[!#-'*-\[\]-~]{3,200}", re.ASCII)
SECRET_NAME = "send.key"  # noqa: S105 - the file whose secret hides the recipients' addresses in the ledger


class ConfigFileError(ValueError):
    """The file of settings cannot be read, or has a key that is no setting."""


class AlertSettings(BaseSettings):
    """What telling of a failure needs, readable although another setting is wrong."""

    model_config = SettingsConfigDict(
        env_prefix="WATCHFLOOR_",
        env_file=".env",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # it may be a password
    )

    home: Path = Field(
        default=Path("~/watchfloor"), description="Folder of the warehouse, the snapshot and the digests."
    )
    config: Path | None = Field(
        default=None,
        description="File with these settings as TOML keys; without it HOME/watchfloor.toml if there is one.",
    )
    alert_url: SecretStr | None = Field(
        default=None,
        description="Webhook that is told when a command or a run of Prefect's failed, or a feed needs a "
        "person.",
    )
    ping_url: SecretStr | None = Field(
        default=None,
        description="Dead man's switch, as of healthchecks.io: told after each run, with /fail if it failed.",
    )

    @field_validator("home", mode="before")
    @classmethod
    def _named_home(cls, value: object) -> object:
        if value == "":
            raise ValueError("is empty, perhaps a variable that is not set; name a folder")
        return value

    @field_validator("config", "alert_url", "ping_url", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None

    @field_validator("alert_url", "ping_url")
    @classmethod
    def _web_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = urlsplit(value.get_secret_value())
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError("must begin with https:// or http:// and name a host")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class names it
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win, then the environment, .env and the file."""
        sources = (init_settings, env_settings, dotenv_settings)
        given = {**dotenv_settings(), **env_settings(), **init_settings()}
        home = Path(given.get("home") or cls.model_fields["home"].default)
        named = given.get("config")
        file = Path(named or home / CONFIG_NAME).expanduser()
        if not named and not file.exists():
            return sources
        return (*sources, InitSettingsSource(settings_cls, dict(_read_config(file, Settings.model_fields))))

    @property
    def home_dir(self) -> Path:
        """Absolute path of the home folder."""
        return self.home.expanduser().resolve()


class Settings(AlertSettings):
    """All settings; every field has a line in .env.example."""

    catalog: Path | None = Field(
        default=None, description="Feed list; without it HOME/catalog.toml, else the bundled one."
    )
    allowed_hosts: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset(),
        description="Hosts that feeds may be on though their addresses are private, separated by commas.",
    )
    pages_per_run: int = Field(
        default=1_000,
        ge=0,
        description="Pages of articles that one collection run fetches at most; 0 fetches none.",
    )
    contact: str = Field(
        default="",
        description="Mail or web address of yours that servers are told in User-Agent.",
    )
    embedding_model: str = Field(
        default=DEFAULT_MODEL,
        description="Embedding model; the default comes with Watchfloor. Any other, a name or a folder, "
        "needs `pip install 'watchfloor[models]'`.",
    )
    keep_snapshots_days: int = Field(
        default=7,
        ge=0,
        description="Days for which the last snapshot of each day is kept, beside the latest two.",
    )
    keep_texts_months: int = Field(
        default=0,
        ge=0,
        description="Months after which `maintain` deletes whole texts, of pages and of feeds; 0 keeps all.",
    )

    # The site and sending.
    site_url: str | None = Field(
        default=None,
        description="Address the site is served at; makes absolute links in the Atom feed and in messages.",
    )
    smtp_url: SecretStr | None = Field(
        default=None, description="Mail server, as smtps://user:password@host:465."
    )
    mail_sender: str | None = Field(default=None, description="Sender of the digest: Name <address>.")
    mail_recipients: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Addresses the digest is sent to, separated by commas."
    )
    mail_unsubscribe: str | None = Field(
        default=None, description="How to unsubscribe: a mailto: or https: address, or both."
    )
    apprise_urls: SecretStr | None = Field(
        default=None, description="Chat servers and webhooks as Apprise addresses, separated by blanks."
    )

    # Operation.
    timezone: str = Field(
        default="UTC", description="Time zone in which the digest is due on Monday at 06:00."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="Format of log lines on standard error."
    )
    backup_dir: Path | None = Field(
        default=None, description="Folder of the nightly backups; without it HOME/backups."
    )
    keep_backups: int = Field(default=7, ge=1, description="How many backups are kept.")
    metrics_file: Path | None = Field(
        default=None,
        description="Prometheus text file that every job writes; without it HOME/watchfloor.prom.",
    )
    fail_after_hours: int = Field(
        default=6,
        ge=0,
        description="Hours after which a command that could only be tried again (code 3) counts as failed.",
    )

    @field_validator("catalog", "backup_dir", "metrics_file", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return value or None

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is no time zone; write one as Europe/Berlin") from error
        return value

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        return frozenset(value.lower().replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("contact")
    @classmethod
    def _one_address(cls, value: str) -> str:
        if value and not _CONTACT.fullmatch(value):
            raise ValueError("must be a mail address or begin with https:// or http://, without blanks")
        return value

    @field_validator("mail_recipients", mode="before")
    @classmethod
    def _split_recipients(cls, value: object) -> object:
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value

    @field_validator("site_url")
    @classmethod
    def _with_closing_slash(cls, value: str | None) -> str | None:
        if not value:
            return None
        if not value.startswith(("http://", "https://")):
            raise ValueError("must begin with https:// or http://")
        return value.rstrip("/") + "/"

    @property
    def warehouse_path(self) -> Path:
        """The DuckDB file that jobs write."""
        return self.home_dir / LIVE_NAME

    @property
    def snapshot_path(self) -> Path:
        """The published copy that researchers open."""
        return self.home_dir / SNAPSHOT_NAME

    @property
    def digests_dir(self) -> Path:
        """Folder of the issues."""
        return self.home_dir / "digests"

    @property
    def site_dir(self) -> Path:
        """Folder of the static site."""
        return self.home_dir / "site"

    @property
    def backup_path(self) -> Path:
        """Folder of the nightly backups."""
        return (self.backup_dir or self.home_dir / "backups").expanduser().resolve()

    @property
    def metrics_path(self) -> Path:
        """The Prometheus text file."""
        return (self.metrics_file or self.home_dir / "watchfloor.prom").expanduser().resolve()

    @property
    def fetch_limits(self) -> FetchLimits:
        """The limits of a collection run."""
        return FetchLimits(allowed_hosts=self.allowed_hosts, contact=self.contact)

    @property
    def catalog_path(self) -> Path | None:
        """The feed list; None for the bundled one."""
        own = self.home_dir / "catalog.toml"
        return self.catalog or (own if own.exists() else None)


def _read_config(file: Path, known: Mapping[str, object]) -> Mapping[str, Any]:
    try:
        keys = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigFileError(f"{file}: {error.strerror}. Correct it, or unset WATCHFLOOR_CONFIG.") from error
    except ValueError as error:
        raise ConfigFileError(f"{file}: is no TOML: {error}.") from error
    if unknown := sorted(keys.keys() - known.keys()):
        raise ConfigFileError(f"{file}: {', '.join(unknown)}: no such setting; .env.example lists them.")
    return keys
