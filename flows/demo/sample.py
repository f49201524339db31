"""Reads the sample: outlets, what each of their feeds shows at a moment, and the labels of every entry."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

from reports.week import Week
from sources.model import FullText, Source

FIRST_WEEK = Week.parse("2026-W10")
LAST_WEEK = Week.parse("2026-W22")
FEED_ENTRIES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """An invented outlet: its source, the format of its feed, and when its server breaks."""

    source: Source
    format: str
    site: str
    breaks_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleEntry:
    """One entry as a feed states it; `published` is what the feed claims, `appears` when it appears."""

    feed: str
    guid: str
    link: str
    title: str
    summary: str
    published: str | None
    appears: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a person labelled an entry with: its story, its desks and its genre."""

    link: str
    story: str
    desk: str
    secondary: tuple[str, ...]
    genre: str


def load_outlets() -> tuple[Outlet, ...]:
    """Returns the outlets in file order.

    Nothing is served at their addresses; the sample's server replaces them.
    """
    tables = tomllib.loads(_read("feeds.toml"))["feed"]
    return tuple(
        Outlet(
            source=Source(
                id=table["id"],
                name=table["name"],
                publisher=table["publisher"],
                url=f"{table['site']}/feed",
                kind=table["kind"],
                region=table["region"],
                language="en",
                full_text=FullText.NEVER,  # there is no page at their addresses
            ),
            format=table["format"],
            site=table["site"],
            breaks_at=table.get("breaks_at"),
        )
        for table in tables
    )


def load_entries() -> tuple[SampleEntry, ...]:
    """Returns all entries in order of appearance; one published again with another date is in it twice."""
    rows = (json.loads(line) for line in _read("entries.jsonl").splitlines())
    return tuple(
        SampleEntry(**{**row, "appears": datetime.fromisoformat(row["appears"]).astimezone(UTC)})
        for row in rows
    )


def load_labels() -> dict[str, Label]:
    """Returns the label of every entry, by its link."""
    rows = (json.loads(line) for line in _read("labels.jsonl").splitlines())
    return {row["link"]: Label(**{**row, "secondary": tuple(row["secondary"])}) for row in rows}


def visible(entries: tuple[SampleEntry, ...], feed: str, moment: datetime) -> list[SampleEntry]:
    """Returns what a feed shows at a moment: the latest version of its newest entries, newest first."""
    shown = {entry.guid: entry for entry in entries if entry.feed == feed and entry.appears <= moment}
    return sorted(shown.values(), key=lambda entry: (entry.appears, entry.guid), reverse=True)[:FEED_ENTRIES]


def _read(name: str) -> str:
    return files("flows.demo").joinpath(name).read_text("utf-8")
