"""The evidence of a link in words that a reader can check. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from warehouse.stories.terms import strip_outlet, surface_words
from warehouse.threads.evidence import days_between
from warehouse.threads.profiles import StoryFacts

_MOST = 3  # of a kind in one reason
# A country is named in any matter of its politics, and one firm in all of its own: two names that are no
# places say which matter it is.
_PLACES = frozenset(("country", "us_state", "bloc", "government"))
_TELLING = 2


class Entity(NamedTuple):
    """Who or what a text can name: a name to show, and its kind."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A story as a reason names it: its facts, headline, and the latest stage known of it."""

    facts: StoryFacts
    title: str
    stage: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What links two stories: the kind of the strongest evidence, and all of it in words."""

    relation: str
    words: str


def reason(one: Named, other: Named, entities: Mapping[str, Entity], rarity: Mapping[str, float]) -> Reason:
    """Why two stories are of one matter. `entities` are all that texts name, `rarity` how rare each is."""
    earlier, later = sorted((one, other), key=lambda story: (story.facts.first_day, story.facts.story_id))
    instruments = _rarest(one.facts.instruments & other.facts.instruments, rarity)
    shared = (one.facts.firms | one.facts.bodies | one.facts.places) & (
        other.facts.firms | other.facts.bodies | other.facts.places
    )
    names = _rarest(shared, rarity)
    telling = [name for name in shared if entities[name].kind not in _PLACES]
    words = shared_words(one.title, other.title)
    said = []
    if instruments:
        said.append("both name " + _listed([name.split(" ", 1)[1] for name in instruments]))
    cited = sorted(later.facts.cited_days & earlier.facts.published_days)
    if cited and one.facts.is_register and other.facts.is_register:
        said.append(f"the later cites the document of {cited[0].day} {cited[0]:%B %Y}")
    if names:
        said.append("both titles name " + _listed([entities[name].name for name in names]))
    if words:
        said.append("both titles say " + _listed([f'"{word}"' for word in words[:_MOST]]))
    if not said:
        said.append("their texts are alike")
    if earlier.stage and later.stage and earlier.stage != later.stage:
        said.append(f"{earlier.stage.replace('_', ' ')}, then {later.stage.replace('_', ' ')}")
    said.append(_apart(days_between(one.facts, other.facts)))
    is_named = len(telling) >= _TELLING
    relation = "instrument" if instruments else "citation" if cited else "names" if is_named else "words"
    return Reason(relation=relation, words="; ".join(said))


def shared_words(one: str, other: str) -> list[str]:
    """The words that both headlines have, as the first writes them, the longest first."""
    theirs = {word for _, word in surface_words(strip_outlet(other))}
    ours: dict[str, str] = {}
    for surface, word in surface_words(strip_outlet(one)):
        if word in theirs and not word[0].isdigit():
            ours.setdefault(word, surface)
    return sorted(ours.values(), key=lambda surface: (-len(surface), surface))


def _rarest(names: frozenset[str], rarity: Mapping[str, float]) -> list[str]:
    return sorted(names, key=lambda name: (-rarity.get(name, 0.0), name))[:_MOST]


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _apart(days: float) -> str:
    whole = round(days)
    return "at the same time" if whole == 0 else "a day apart" if whole == 1 else f"{whole} days apart"
