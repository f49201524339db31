"""Files a text by the taxonomy: gate, desks and genre, with the reasons. Pure: no model is loaded, no clock, no database.

Cues of `desks.toml` speak for concepts; a learned head weighs concepts and the text's vector; rules settle the rulings.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.enrich.genre import find_genre
from warehouse.errors import WarehouseError

OFF_TOPIC = "off_topic"
LABELS = ("export_controls", "arms_race", "regulation", OFF_TOPIC)
KINDS = (
    "government regulator international_body think_tank academia law_trade_press ai_lab defence_press news tech_press "
    "newsletter vendor civil_society"
).split()
SUMMARY_CHARS = 600  # what follows is the page's foot more often than the article's point
SCORE_CAP = 6.0  # a concept said five times over is said
_WEIGHTS = {"decisive": 3.0, "strong": 2.0, "plain": 1.0, "weak": 0.5}
_TITLE_FACTOR = 1.5
_REASONS = 4
_WORD = re.compile(r"[^\W_]+(?:[.'’&][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")
_INITIALS = re.compile(r"(?:\w\.)+\w")
_CONDITION = re.compile(r"(?P<title>title\.)?(?P<concept>\w+)(?:>=(?P<least>[\d.]+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What is filed. `vector` is float32, unit length, all-MiniLM-L6-v2 over title + ". " + summary[:300]."""

    title: str
    summary: str
    source_kind: str
    publisher: str
    url: str | None
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskScore:
    """One desk of a text: its calibrated probability, and the strongest cues and rules in words."""

    desk: str
    score: float
    is_primary: bool
    reasons: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """Where a text goes: exactly one primary desk first (which may be `off_topic`), secondary desks after it."""

    genre: str
    desks: tuple[DeskScore, ...]


@dataclass(frozen=True, slots=True)
class _Cue:
    concept: int
    weight: float
    words: tuple[str, ...]
    cased: bool
    shown: str


@dataclass(frozen=True, slots=True)
class _Rule:
    id: str
    says: str
    all: tuple[tuple[bool, int, float], ...]
    any: tuple[tuple[bool, int, float], ...]
    none: tuple[tuple[bool, int, float], ...]
    kinds: frozenset[str]
    shift: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Head:
    """Weights of a linear layer: row per label, column per feature, and the names of the columns."""

    concepts: tuple[str, ...]
    vector_size: int
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]


class Filer:
    """Files texts by one taxonomy and one head. `version` names both: store it, and re-file when it changes."""

    def __init__(self, taxonomy: dict[str, Any], heads: dict[str, _Head], version: str) -> None:
        self.version = version
        self.concepts: tuple[str, ...] = tuple(taxonomy["concept"])
        self._heads = heads
        self._decision: dict[str, float] = taxonomy["decision"]
        self._cues = list(_cues(taxonomy["concept"]))
        self._rules = [_rule(table, self.concepts) for table in taxonomy.get("rule", ())]
        self._find = lru_cache(maxsize=50_000)(self._starting_with)
        self._index = _index(self._cues)

    def file(self, text: Text) -> Filing:
        """The filing of one text."""
        return self.file_all([text])[0]

    def file_all(self, texts: Sequence[Text]) -> list[Filing]:
        """The filings of texts, in their order. Vectors of another model's size are left out: then cues decide alone."""
        if not texts:
            return []
        title, total, found = self.read(texts)
        probabilities, shares, applied = self.weigh(texts, title, total)
        return [
            Filing(
                genre=find_genre(text.title, text.summary, text.source_kind, text.publisher, text.url),
                desks=self._desks(probabilities[row], shares[row], found[row], applied[row]),
            )
            for row, text in enumerate(texts)
        ]

    def read(self, texts: Sequence[Text]) -> tuple[NDArray[np.float64], NDArray[np.float64], list[list[_Cue]]]:
        """Concept scores of titles and of whole texts (rows are texts), and the cues that made them."""
        title = np.zeros((len(texts), len(self.concepts)))
        total = np.zeros_like(title)
        found: list[list[_Cue]] = []
        for row, text in enumerate(texts):
            seen: dict[int, _Cue] = {}
            for number in self._matches(text.title):
                cue = self._cues[number]
                if number not in seen:
                    seen[number] = cue
                    title[row, cue.concept] += cue.weight
                    total[row, cue.concept] += cue.weight * _TITLE_FACTOR
            for number in self._matches(text.summary[:SUMMARY_CHARS]):
                cue = self._cues[number]
                if number not in seen:
                    seen[number] = cue
                    total[row, cue.concept] += cue.weight
            found.append(list(seen.values()))
        return np.minimum(title, SCORE_CAP), np.minimum(total, SCORE_CAP), found

    def weigh(
        self, texts: Sequence[Text], title: NDArray[np.float64], total: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], list[list[_Rule]]]:
        """Probabilities by label, each concept's part in the log-odds (label by concept), and the rules that applied."""
        fitting = {len(text.vector) for text in texts}
        head = self._heads["full"] if fitting == {self._heads["full"].vector_size} else self._heads["cues"]
        table = features(title, total, texts, self.concepts, head.concepts, with_vectors=head.vector_size > 0)
        logits = table @ head.weights.T + head.bias
        shift, applied = self.shifts(texts, title, total)
        logits += shift
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        count = len(head.concepts)
        parts = table[:, None, : 2 * count] * head.weights[None, :, : 2 * count]
        by_concept = parts[:, :, :count] + parts[:, :, count:]
        shares = np.zeros((len(texts), len(LABELS), len(self.concepts)))
        places = [self.concepts.index(name) if name in self.concepts else -1 for name in head.concepts]
        for column, place in enumerate(places):
            if place >= 0:
                shares[:, :, place] = by_concept[:, :, column]
        return odds / odds.sum(axis=1, keepdims=True), shares, applied

    def shifts(
        self, texts: Sequence[Text], title: NDArray[np.float64], total: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], list[list[_Rule]]]:
        """What the rules add to the log-odds (text by label), and which rules they are."""
        shift = np.zeros((len(texts), len(LABELS)))
        applied: list[list[_Rule]] = []
        for row, text in enumerate(texts):
            rules = [rule for rule in self._rules if _applies(rule, title[row], total[row], text.source_kind)]
            for rule in rules:
                shift[row] += rule.shift
            applied.append(rules)
        return shift, applied

    def _desks(
        self, probability: NDArray[np.float64], shares: NDArray[np.float64], found: list[_Cue], rules: list[_Rule]
    ) -> tuple[DeskScore, ...]:
        desks = probability[:3]
        on_topic = float(desks.sum())
        best = int(desks.argmax())
        if on_topic < self._decision["on_topic_from"]:
            reasons = self._reasons(3, float(probability[3]), shares, found, rules)
            return (DeskScore(desk=OFF_TOPIC, score=float(probability[3]), is_primary=True, reasons=reasons),)
        order = sorted(range(3), key=lambda label: -desks[label])
        return tuple(
            DeskScore(
                desk=LABELS[label],
                score=float(desks[label]),
                is_primary=label == best,
                reasons=self._reasons(label, float(desks[label]), shares, found, rules),
            )
            for label in order
            if label == best or desks[label] / on_topic >= self._decision["secondary_from"]
        )

    def _reasons(
        self, label: int, score: float, shares: NDArray[np.float64], found: list[_Cue], rules: list[_Rule]
    ) -> str:
        # A cue's reason is the head's own: what its concept adds to this label beyond the mean of the others.
        beyond = shares[label] - np.delete(shares, label, axis=0).mean(axis=0)
        telling = [cue for cue in found if beyond[cue.concept] > 0]
        telling.sort(key=lambda cue: (-float(beyond[cue.concept]) * cue.weight, cue.shown))
        shown = [f"{cue.shown} (+{cue.weight:.1f})" for cue in telling[:_REASONS]]
        shown += [rule.says for rule in rules if rule.shift[label] > 0]
        return "; ".join([*shown, f"learned head {score:.2f}".replace("0.", ".")])

    def _matches(self, text: str) -> Iterator[int]:
        cased = _words(text)
        lower = [word.lower() for word in cased]
        for start, word in enumerate(cased):
            for number in self._find(word):
                cue = self._cues[number]
                if len(cue.words) == 1 or _follows(cue, cased if cue.cased else lower, start):
                    yield number

    def _starting_with(self, word: str) -> tuple[int, ...]:
        lower = word.lower()
        numbers: list[int] = []
        for form, cased in ((word, True), (lower, False)):
            for size in range(1, len(form) + 1):
                numbers += self._index.get((form[:size] + "*", cased), ())
            numbers += self._index.get((form, cased), ())
        return tuple(numbers)


def load_filer(desks_toml: Path | None = None) -> Filer:
    """The filer of the taxonomy at `desks_toml`, or of the bundled one, with the bundled head."""
    folder = files("warehouse.enrich")
    name = str(desks_toml) if desks_toml else "bundled desks.toml"
    try:
        content = desks_toml.read_bytes() if desks_toml else folder.joinpath("desks.toml").read_bytes()
        head_bytes = folder.joinpath("desk_head.json").read_bytes()
        taxonomy = tomllib.loads(content.decode("utf-8"))
        version = hashlib.sha256(content + head_bytes).hexdigest()[:12]
        return Filer(taxonomy, _heads(json.loads(head_bytes)), version)
    except OSError as error:
        raise WarehouseError(name, f"cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, ValueError) as error:
        raise WarehouseError(name, f"cannot be used: {error}.") from error


def features(
    title: NDArray[np.float64],
    total: NDArray[np.float64],
    texts: Sequence[Text],
    concepts: Sequence[str],
    wanted: Sequence[str],
    *,
    with_vectors: bool,
) -> NDArray[np.float64]:
    """The head's input, a row a text: titles' scores, whole scores (thirds), gate, kind, vector; concepts as `wanted`."""
    places = [concepts.index(name) if name in concepts else -1 for name in wanted]
    blank = np.zeros((len(texts), 1))
    columns = [*(np.hstack([scores, blank])[:, places] / 3.0 for scores in (title, total))]
    kinds = np.array([[float(text.source_kind == kind) for kind in KINDS] for text in texts])
    bare = np.array([[float(not text.summary)] for text in texts])
    subject = np.hstack([total, blank])[:, [_place(concepts, name) for name in _SUBJECT]].sum(axis=1, keepdims=True)
    power = np.hstack([total, blank])[:, [_place(concepts, name) for name in _POWER]].sum(axis=1, keepdims=True)
    both = np.minimum(np.minimum(subject, power), SCORE_CAP) / 3.0
    parts = [*columns, both, (subject > 0) & (power > 0), bare, kinds]
    if with_vectors:
        parts.append(np.stack([text.vector for text in texts]) * VECTOR_FACTOR)
    return np.hstack(parts).astype(np.float64)


def without_kind(table: NDArray[np.float64], concepts: int) -> NDArray[np.float64]:
    """The same features as if every source were of kind news; for training."""
    first = 2 * concepts + 3
    plain = table.copy()
    plain[:, first : first + len(KINDS)] = [float(kind == "news") for kind in KINDS]
    return plain


VECTOR_FACTOR = 4.0  # brings a unit vector's entries to the size of the concept scores, so that one penalty fits both
_SUBJECT = ("ai", "labs", "chips", "compute", "autonomy", "biometrics")
_POWER = (
    "government",
    "controls",
    "flow_ban",
    "military",
    "military_ai",
    "statecyber",
    "rules",
    "lawmaking",
    "policing",
)


def _place(concepts: Sequence[str], name: str) -> int:
    return concepts.index(name) if name in concepts else -1


def _words(text: str) -> list[str]:
    words = _WORD.findall(text)
    return [_plain(word) if not word.isalnum() else word for word in words]


def _plain(word: str) -> str:
    word = _POSSESSIVE.sub("", word)
    return word.replace(".", "") if _INITIALS.fullmatch(word) else word


def _follows(cue: _Cue, words: list[str], start: int) -> bool:
    if start + len(cue.words) > len(words):
        return False
    for offset, wanted in enumerate(cue.words[1:], start=start + 1):
        if wanted[-1] == "*":
            if not words[offset].startswith(wanted[:-1]):
                return False
        elif words[offset] != wanted:
            return False
    return True


def _cues(concepts: dict[str, Any]) -> Iterator[_Cue]:
    for place, table in enumerate(concepts.values()):
        for strength, weight in _WEIGHTS.items():
            for written in table.get(strength, ()):
                for words in _readings(written):
                    cased = any(word != word.lower() for word in words)
                    yield _Cue(place, weight, words, cased, " ".join(words))


def _readings(written: str) -> Iterator[tuple[str, ...]]:
    """Every word sequence that a cue as written stands for: "(a|b) c*" is "a c*" and "b c*"."""
    parts = re.split(r"\(([^()]*)\)", written)
    options = [part.split("|") if number % 2 else [part] for number, part in enumerate(parts)]
    for chosen in product(*options):
        words = tuple(_plain_cue(word) for word in re.findall(r"[^\W_][\w.'’&]*\*?", "".join(chosen)))
        if words:
            yield words


def _plain_cue(word: str) -> str:
    return word.replace(".", "") if _INITIALS.fullmatch(word) else word


def _index(cues: Iterable[_Cue]) -> dict[tuple[str, bool], list[int]]:
    index: dict[tuple[str, bool], list[int]] = {}
    for number, cue in enumerate(cues):
        index.setdefault((cue.words[0], cue.cased), []).append(number)
    return index


def _rule(table: dict[str, Any], concepts: Sequence[str]) -> _Rule:
    shift = np.array([float(table["shift"].get(label, 0.0)) for label in LABELS])
    parts = {
        key: tuple(_condition(written, concepts) for written in table.get(key, ())) for key in ("all", "any", "none")
    }
    return _Rule(
        table["id"], table["says"], parts["all"], parts["any"], parts["none"], frozenset(table.get("kinds", ())), shift
    )


def _condition(written: str, concepts: Sequence[str]) -> tuple[bool, int, float]:
    match = _CONDITION.fullmatch(written)
    if match is None or match["concept"] not in concepts:
        raise ValueError(f"the condition {written!r} names no concept of the file")
    return bool(match["title"]), concepts.index(match["concept"]), float(match["least"] or 0.01)


def _applies(rule: _Rule, title: NDArray[np.float64], total: NDArray[np.float64], kind: str) -> bool:
    def holds(condition: tuple[bool, int, float]) -> bool:
        in_title, place, least = condition
        return bool((title if in_title else total)[place] >= least)

    return (
        all(holds(condition) for condition in rule.all)
        and (not rule.any or any(holds(condition) for condition in rule.any))
        and not any(holds(condition) for condition in rule.none)
        and (not rule.kinds or kind in rule.kinds)
    )


def _heads(stored: dict[str, Any]) -> dict[str, _Head]:
    return {
        name: _Head(
            tuple(stored["concepts"]), table["vector_size"], np.array(table["weights"]), np.array(table["bias"])
        )
        for name, table in stored["heads"].items()
    }
