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

Scores = NDArray[np.float64]
_Condition = tuple[bool, int, float]  # in the title only, which concept, from which score on
OFF_TOPIC = "off_topic"
LABELS = ("export_controls", "arms_race", "regulation", OFF_TOPIC)
KINDS = (
    "government regulator international_body think_tank academia law_trade_press ai_lab defence_press news tech_press "
    "newsletter vendor civil_society"
).split()
SUMMARY_CHARS = 600  # what follows is the page's foot more often than the article's point
SCORE_CAP = 6.0  # a concept said five times over is said
SCORE_UNIT = 3.0  # scores enter the head in units of one decisive cue
VECTOR_FACTOR = 2.5  # a unit vector's entries beside such scores: cross-validated, 2 to 4 differ by less than .005
_AI, _CHIPS, _ARMS = ("ai", "labs", "biometrics"), ("chips", "compute"), ("autonomy", "drones")
# What a sum cannot say: both halves of the gate at once. The weaker half counts. Worth .015 of macro-F1.
PAIRS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    *((_AI, (power,)) for power in ("lawmaking", "government", "rules", "policing", "military", "statecyber")),
    *((_AI, (power,)) for power in ("controls", "flow_ban", "states", "rivalry", "privacy", "corporate", "product")),
    *(
        (_CHIPS, (power,))
        for power in ("controls", "flow_ban", "states", "lawmaking", "government", "military", "market")
    ),
    *((_ARMS, (power,)) for power in ("military", "states", "flow_ban", "civil")),
    (("labs",), ("controls", "flow_ban")),
    (("labs",), ("military", "military_ai")),
    (("military_ai",), ("market",)),
)
_WEIGHTS = {"decisive": 3.0, "strong": 2.0, "plain": 1.0, "weak": 0.5}
_TITLE_FACTOR = 1.5
_REASONS = 4
_BATCH = 2_000  # bounds the memory of the explanations: 30 MB
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """When it applies, and what it then does: moves log-odds, or adds `desk` to texts whose primary is `primary`."""

    says: str
    all: tuple[_Condition, ...]
    any: tuple[_Condition, ...]
    none: tuple[_Condition, ...]
    kinds: frozenset[str]
    shift: Scores
    primary: str
    desk: str


@dataclass(frozen=True, slots=True)
class _Head:
    """Weights of a linear layer, a row a label; `parts` says for which concepts each of its first columns speaks."""

    concepts: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]
    vector_size: int
    temperature: float
    weights: Scores
    bias: Scores


class Filer:
    """Files texts by one taxonomy and one head. `version` names both: store it, and re-file when it changes."""

    def __init__(self, taxonomy: dict[str, Any], heads: dict[str, _Head], version: str) -> None:
        self.version = version
        self.concepts: tuple[str, ...] = tuple(taxonomy["concept"])
        self._heads = heads
        self._decision: dict[str, float] = taxonomy["decision"]
        self._cues = list(_cues(taxonomy["concept"]))
        self._rules = [_rule(table, self.concepts) for table in taxonomy.get("rule", ())]
        self._secondary = [_rule(table, self.concepts) for table in taxonomy.get("secondary", ())]
        self._find = lru_cache(maxsize=50_000)(self._starting_with)
        self._index = _index(self._cues)

    def file(self, text: Text) -> Filing:
        """The filing of one text."""
        return self.file_all([text])[0]

    def file_all(self, texts: Sequence[Text]) -> list[Filing]:
        """The filings of texts, in their order. Vectors of another model's size are left out: then cues decide alone."""
        return [
            filing
            for start in range(0, len(texts), _BATCH)
            for filing in self._file_batch(texts[start : start + _BATCH])
        ]

    def _file_batch(self, texts: Sequence[Text]) -> list[Filing]:
        title, total, found = self.read(texts)
        shift, applied = self.shifts(texts, title, total)
        probability, shares = self._weigh(texts, title, total, shift)
        secondary = [(rule, _applies(rule, title, total, texts)) for rule in self._secondary]
        filings = []
        for row, text in enumerate(texts):
            second = {(rule.primary, rule.desk): (rule,) for rule, rows in secondary if rows[row]}
            desks = self._desks(probability[row], second, shares[row], found[row], applied[row])
            genre = find_genre(text.title, text.summary, text.source_kind, text.publisher, text.url)
            filings.append(Filing(genre=genre, desks=desks))
        return filings

    def read(self, texts: Sequence[Text]) -> tuple[Scores, Scores, list[list[_Cue]]]:
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

    def shifts(self, texts: Sequence[Text], title: Scores, total: Scores) -> tuple[Scores, list[list[_Rule]]]:
        """What the rules add to the log-odds (text by label), and which rules they are."""
        shift = np.zeros((len(texts), len(LABELS)))
        applied: list[list[_Rule]] = [[] for _ in texts]
        for rule in self._rules:
            for row in np.flatnonzero(_applies(rule, title, total, texts)):
                shift[row] += rule.shift
                applied[row].append(rule)
        return shift, applied

    def _weigh(self, texts: Sequence[Text], title: Scores, total: Scores, shift: Scores) -> tuple[Scores, Scores]:
        """Probabilities (text by label), and each concept's part in the log-odds (text by label by concept)."""
        fitting = all(len(text.vector) == self._heads["full"].vector_size for text in texts)
        head = self._heads["full" if fitting else "cues"]
        table = features(title, total, texts, self.concepts, head.concepts, with_vectors=fitting)
        logits = (table @ head.weights.T + head.bias + shift) / head.temperature
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        wide = len(head.parts)
        parts = table[:, None, :wide] * head.weights[None, :, :wide]
        return odds / odds.sum(axis=1, keepdims=True), parts @ self._parts_of(head)

    def _parts_of(self, head: _Head) -> Scores:
        """Which concepts a column of the head speaks for, in equal parts (column by concept)."""
        parts = np.zeros((len(head.parts), len(self.concepts)))
        for row, names in enumerate(head.parts):
            for name in names:
                if name in self.concepts:
                    parts[row, self.concepts.index(name)] = 1 / len(names)
        return parts

    def _desks(
        self,
        probability: Scores,
        second: dict[tuple[str, str], tuple[_Rule]],
        shares: Scores,
        found: list[_Cue],
        rules: list[_Rule],
    ) -> tuple[DeskScore, ...]:
        on_topic = float(probability[:3].sum())
        if on_topic < self._decision["on_topic_from"]:
            best, others = 3, []
        else:
            best = int(probability[:3].argmax())
            enough = self._decision["secondary_from"] * on_topic
            others = [
                label
                for label in np.argsort(-probability[:3], kind="stable").tolist()
                if label != best and (probability[label] >= enough or (LABELS[best], LABELS[label]) in second)
            ]
        return tuple(
            DeskScore(
                desk=LABELS[label],
                score=round(float(probability[label]), 6),  # so that the size of the batch leaves no trace
                is_primary=label == best,
                reasons=self._reasons(
                    label,
                    float(probability[label]),
                    shares,
                    found,
                    [*rules, *second.get((LABELS[best], LABELS[label]), ())],
                ),
            )
            for label in (best, *others)
        )

    def _reasons(self, label: int, score: float, shares: Scores, found: list[_Cue], rules: list[_Rule]) -> str:
        # A cue's reason is the head's own: what its concept adds to this label beyond the mean of the others.
        beyond = shares[label] - np.delete(shares, label, axis=0).mean(axis=0)
        telling = [cue for cue in found if beyond[cue.concept] > 0]
        telling.sort(key=lambda cue: (-float(beyond[cue.concept]) * cue.weight, cue.shown))
        shown = list(dict.fromkeys(f"{cue.shown} (+{cue.weight:.1f})" for cue in telling))[:_REASONS]
        shown += [rule.says for rule in rules if rule.shift[label] > 0 or rule.desk == LABELS[label]]
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
    title: Scores,
    total: Scores,
    texts: Sequence[Text],
    concepts: Sequence[str],
    wanted: Sequence[str],
    *,
    with_vectors: bool,
) -> Scores:
    """The head's input, a row a text: titles' scores, whole scores (thirds), gate, kind, vector; concepts as `wanted`."""
    scores = [
        np.hstack([part, np.zeros((len(texts), 1))]) for part in (title, total)
    ]  # a last column for what is absent
    place = {name: number for number, name in enumerate(concepts)}
    columns = [part[:, [place.get(name, -1) for name in wanted]] for part in scores]
    columns += [
        np.minimum(_together(part, place, left), _together(part, place, right))[:, None]
        for part in scores
        for left, right in PAIRS
    ]
    bare = np.array([[float(not text.summary)] for text in texts])
    kinds = np.array([[float(text.source_kind == kind) for kind in KINDS] for text in texts])
    table = np.hstack([*(column / SCORE_UNIT for column in columns), bare, kinds])
    if with_vectors:
        table = np.hstack([table, np.stack([text.vector for text in texts]) * VECTOR_FACTOR])
    return np.asarray(table, dtype=np.float64)


def without_kind(table: Scores, concepts: int) -> Scores:
    """The same features as if every source were of kind news; for training, so that an unknown kind upsets nothing."""
    first = 2 * (concepts + len(PAIRS)) + 1
    plain = table.copy()
    plain[:, first : first + len(KINDS)] = [float(kind == "news") for kind in KINDS]
    return plain


def _together(scores: Scores, place: dict[str, int], names: Sequence[str]) -> Scores:
    together: Scores = scores[:, [place.get(name, -1) for name in names]].sum(axis=1)
    return np.minimum(together, SCORE_CAP)


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
        words = tuple(_plain(word) for word in re.findall(r"[^\W_][\w.'’&]*\*?", "".join(chosen)))
        if words:
            yield words


def _index(cues: Iterable[_Cue]) -> dict[tuple[str, bool], list[int]]:
    index: dict[tuple[str, bool], list[int]] = {}
    for number, cue in enumerate(cues):
        index.setdefault((cue.words[0], cue.cased), []).append(number)
    return index


def _rule(table: dict[str, Any], concepts: Sequence[str]) -> _Rule:
    shift = np.array([float(table.get("shift", {}).get(label, 0.0)) for label in LABELS])
    parts = {
        key: tuple(_condition(written, concepts) for written in table.get(key, ())) for key in ("all", "any", "none")
    }
    return _Rule(
        says=table.get("says", ""),
        all=parts["all"],
        any=parts["any"],
        none=parts["none"],
        kinds=frozenset(table.get("kinds", ())),
        shift=shift,
        primary=table.get("primary", ""),
        desk=table.get("desk", ""),
    )


def _condition(written: str, concepts: Sequence[str]) -> tuple[bool, int, float]:
    match = _CONDITION.fullmatch(written)
    if match is None or match["concept"] not in concepts:
        raise ValueError(f"the condition {written!r} names no concept of the file")
    return bool(match["title"]), concepts.index(match["concept"]), float(match["least"] or 0.01)


def _applies(rule: _Rule, title: Scores, total: Scores, texts: Sequence[Text]) -> NDArray[np.bool_]:
    """For which of the texts the rule holds."""

    def holds(condition: _Condition) -> NDArray[np.bool_]:
        in_title, place, least = condition
        return np.asarray((title if in_title else total)[:, place] >= least)

    rows = np.ones(len(texts), dtype=np.bool_)
    for condition in rule.all:
        rows &= holds(condition)
    if rule.any:
        rows &= np.logical_or.reduce([holds(condition) for condition in rule.any])
    for condition in rule.none:
        rows &= ~holds(condition)
    if rule.kinds:
        rows &= np.array([text.source_kind in rule.kinds for text in texts])
    return rows


def _heads(stored: dict[str, Any]) -> dict[str, _Head]:
    concepts = tuple(stored["concepts"])
    one = [(name,) for name in concepts]
    two = [(*left, *right) for left, right in PAIRS]
    return {
        name: _Head(
            concepts,
            (*one, *one, *two, *two),
            table["vector_size"],
            table["temperature"],
            np.array(table["weights"]),
            np.array(table["bias"]),
        )
        for name, table in stored["heads"].items()
    }
