"""Finds the countries, offices, firms, laws, weapons and persons of entities.toml in a text, in one pass.

It resolves no pronouns, and persons of the same name are one person.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import pyarrow as pa
from ahocorasick_rs import AhoCorasick

from warehouse.errors import WarehouseError
from warehouse.extract.extractions import ExtractionInput, Rows, content_version

BUNDLED = "bundled entities.toml"
# Who is named once or twice far down is no actor of the event: a text names 5.1 entities, title and lead 2.1,
# and with those of three mentions it is 2.6 (docs/decisions/0054).
LEAST_MENTIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """An entity of the gazetteer.

    `role` and `jurisdiction` may be empty; `jurisdiction` is an ISO 3166 code, or EU, UN, NATO, G7.
    """

    id: str
    name: str
    kind: str
    role: str
    jurisdiction: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """An entity in a text: how often it is named, the first alias found, and whether the title names it."""

    entity: Entity
    alias: str
    times: int
    in_title: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Guard:
    only_with: tuple[str, ...]
    not_before: frozenset[str]
    not_after: frozenset[str]

    def allows(self, text: str, start: int, end: int) -> bool:
        if self.only_with and not any(word in text for word in self.only_with):
            return False
        return (
            _word_after(text, end) not in self.not_before and _word_before(text, start) not in self.not_after
        )


class Gazetteer:
    """The entities of one file. `version` is a hash of the file."""

    def __init__(self, tables: Mapping[str, Any], version: str) -> None:
        self.version = version
        self.entities = tuple(_entities(tables["group"]))
        self._names = [(alias, entity) for entity in self.entities for alias in entity.aliases]
        self._guards = {alias: _guard(table) for alias, table in tables.get("guard", {}).items()}
        if unknown := self._guards.keys() - {alias for alias, _ in self._names}:
            raise ValueError(f"the guard of {min(unknown)!r} guards no name of the file")
        self._automaton = AhoCorasick([alias for alias, _ in self._names])

    def find(self, title: str, text: str) -> list[Mention]:
        """Returns the entities named, in the order of their first mention.

        Of overlapping names the longest counts.
        """
        whole = _straight(f"{title}\n{text}")
        mentions: dict[str, Mention] = {}
        end_of_last = 0
        for start, end, number in self._longest_first(whole):
            alias, entity = self._names[number]
            guard = self._guards.get(alias)
            if start < end_of_last or (guard and not guard.allows(whole, start, end)):
                continue
            end_of_last = end
            before = mentions.get(entity.id)
            mentions[entity.id] = Mention(
                entity=entity,
                alias=before.alias if before else alias,
                times=before.times + 1 if before else 1,
                in_title=before.in_title if before else start < len(title),
            )
        return list(mentions.values())

    def names_by_kind(self) -> dict[str, list[str]]:
        """Returns the names of every kind without a guard, because the lexicon has no guards."""
        names: dict[str, list[str]] = {}
        for alias, entity in self._names:
            known = names.setdefault(entity.kind, [])
            if alias not in self._guards:
                known.append(alias)
        return names

    def _longest_first(self, text: str) -> list[tuple[int, int, int]]:
        """Returns whole-word matches by position, the longest first where several start."""
        found = [
            (start, end, number)
            for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True)
            if _is_edge(text, start - 1, start) and _is_edge(text, end - 1, end)
        ]
        return sorted(found, key=lambda match: (match[0], -match[1]))


class EntityExtractor:
    """Extracts the entities that title and lead name, or the text at least `LEAST_MENTIONS` times."""

    name = "entities"
    tables: Mapping[str, pa.Schema] = {
        "article_entities": pa.schema(
            [
                ("article_id", pa.int64()),
                ("entity_id", pa.string()),
                ("name", pa.string()),
                ("kind", pa.string()),
                ("role", pa.string()),
                ("jurisdiction", pa.string()),
                ("alias", pa.string()),
                ("mentions", pa.int32()),
                ("in_title", pa.bool_()),
            ]
        )
    }

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.version = f"{gazetteer.version}+{content_version('extract/entities.py')}"
        self._gazetteer = gazetteer

    def extract(self, articles: Sequence[ExtractionInput]) -> dict[str, Rows]:
        """Returns one row per article and entity."""
        return {
            "article_entities": [
                {
                    "article_id": article.article_id,
                    "entity_id": mention.entity.id,
                    "name": mention.entity.name,
                    "kind": mention.entity.kind,
                    "role": mention.entity.role or None,
                    "jurisdiction": mention.entity.jurisdiction or None,
                    "alias": mention.alias,
                    "mentions": mention.times,
                    "in_title": mention.in_title,
                }
                for article in articles
                for mention in self._mentions(article)
            ]
        }

    def _mentions(self, article: ExtractionInput) -> list[Mention]:
        """Those of title and lead, and those that the text names again and again."""
        first = self._gazetteer.find(article.title, article.lead)
        if not article.text:
            return first
        in_all = {one.entity.id: one for one in self._gazetteer.find(article.title, article.text)}
        known = {one.entity.id for one in first}
        return [
            *(replace(one, times=max(one.times, _times(in_all, one))) for one in first),
            *(one for id_, one in in_all.items() if id_ not in known and one.times >= LEAST_MENTIONS),
        ]


def _times(mentions: Mapping[str, Mention], one: Mention) -> int:
    return mentions[one.entity.id].times if one.entity.id in mentions else 0


@cache
def load_gazetteer() -> Gazetteer:
    """Returns the bundled gazetteer. Raises WarehouseError with what is wrong in the file."""
    try:
        content = files("warehouse.extract").joinpath("entities.toml").read_bytes()
        return Gazetteer(tomllib.loads(content.decode("utf-8")), hashlib.sha256(content).hexdigest()[:12])
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, ValueError) as error:
        raise WarehouseError(BUNDLED, f"cannot be used: {error}.") from error


def _entities(groups: Sequence[Mapping[str, Any]]) -> list[Entity]:
    entities = [
        Entity(
            id=id_,
            name=aliases[0],
            kind=group["kind"],
            role=group.get("role", ""),
            jurisdiction=id_.upper() if group["kind"] in ("country", "us_state") else group.get("place", ""),
            aliases=tuple(aliases),
        )
        for group in groups
        for id_, aliases in group["names"].items()
    ]
    for what, seen in (
        ("id", [entity.id for entity in entities]),
        ("name", [alias for entity in entities for alias in entity.aliases]),
    ):
        (most, times), *_ = Counter(seen).most_common(1)
        if times > 1:
            raise ValueError(f"the {what} {most!r} occurs twice")
    return entities


def _guard(table: Mapping[str, Any]) -> _Guard:
    return _Guard(
        only_with=tuple(table.get("only_with", ())),
        not_before=frozenset(table.get("not_before", ())),
        not_after=frozenset(table.get("not_after", ())),
    )


def _is_edge(text: str, left: int, right: int) -> bool:
    """Returns whether a word ends between two neighbouring positions."""
    if left < 0 or right >= len(text):
        return True
    return not (text[left].isalnum() and text[right].isalnum())


def _word_after(text: str, end: int) -> str:
    return text[end : end + 30].lstrip(" -'").partition(" ")[0].rstrip(".,:;!?)'\"\n").partition("\n")[0]


def _word_before(text: str, start: int) -> str:
    return text[max(0, start - 30) : start].rstrip(" -").rpartition(" ")[2].lstrip("('\"")


def _straight(text: str) -> str:
    return text.replace("\u2019", "'").replace("\u00a0", " ").replace("\u2011", "-")
