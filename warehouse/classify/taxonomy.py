"""Loads taxonomy.toml: desks, topics and themes with their names, and the tables of terms and rules."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from warehouse.errors import WarehouseError

TAXONOMY_FILE = Path(__file__).with_name("taxonomy.toml")
OFF_TOPIC = "off_topic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A desk: its name in print, and what it watches for in a reader's words."""

    id: str
    name: str
    watches_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic of one desk."""

    id: str
    name: str
    desk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A theme that runs across desks."""

    id: str
    name: str
    watches_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """Desks, topics and themes by id, in the order of the file; `tables` has all tables of the file."""

    desks: Mapping[str, Desk]
    topics: Mapping[str, Topic]
    themes: Mapping[str, Theme]
    tables: Mapping[str, Any]

    @property
    def labels(self) -> tuple[str, ...]:
        """What a text is classified as: every desk, then `off_topic`."""
        return (*self.desks, OFF_TOPIC)


@contextmanager
def errors_of(path: Path) -> Iterator[None]:
    """Raises what is wrong in a file as a WarehouseError that names the file."""
    try:
        yield
    except OSError as error:
        raise WarehouseError(str(path), f"cannot be read: {error.strerror}.") from error
    except KeyError as error:
        raise WarehouseError(str(path), f"cannot be used: {error} is missing.") from error
    except (TypeError, ValueError) as error:  # TOML and UTF-8 errors are ValueErrors
        raise WarehouseError(str(path), f"cannot be used: {error}.") from error


@cache
def load_taxonomy(path: Path = TAXONOMY_FILE) -> Taxonomy:
    """Returns the taxonomy of a file. Raises WarehouseError with what is wrong in it."""
    with errors_of(path):
        return _taxonomy(tomllib.loads(path.read_text("utf-8")))


def _taxonomy(tables: Mapping[str, Any]) -> Taxonomy:
    desks = {
        id_: Desk(id=id_, name=table["name"], watches_for=table["watches_for"])
        for id_, table in tables["desk"].items()
    }
    topics = {
        id_: Topic(id=id_, name=table["name"], desk=table["desk"]) for id_, table in tables["topic"].items()
    }
    themes = {
        id_: Theme(id=id_, name=table["name"], watches_for=table["watches_for"])
        for id_, table in tables["theme"].items()
    }
    for topic in topics.values():
        if topic.desk not in desks:
            raise ValueError(f"the topic {topic.id!r} belongs to {topic.desk!r}, which is no desk")
    return Taxonomy(desks=desks, topics=topics, themes=themes, tables=tables)
