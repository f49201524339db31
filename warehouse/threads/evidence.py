"""The evidence that two stories, or a thread and a story, are of one matter, and what rules it out. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from warehouse.rounding import six_decimals
from warehouse.stories.documents import Floats
from warehouse.threads.profiles import Names, Profiles, Rows, Stories, StoryFacts

FEATURES = (
    "cosine",
    "shared_title",  # weight of the title words that both have
    "title_found",  # the larger share of a title's weight that the other's text has
    "phrase",  # rarest word or pair of words that both titles have
    "instrument",  # rarest instrument that both name
    "names_shared",  # rarity of all firms, offices, countries and laws that both titles name
    "firm_differs",  # each title names a firm that the other text does not
    "body_differs",  # the same of offices, countries, laws and persons
    "place_differs",
    "days",
    "register_days",
    "both_register",
    "one_register",
    "cited",  # one register document gives the other's date
    "crowding",  # how crowded the news around both is
    "length",  # of their texts
)
# More of one is evidence for, of another against; 0: either way.
SIGNS = (1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, 0, 0, 1, -1, -1)
# The numbers of one kind name different matters: a story names one of them as its own.
_IDENTIFIERS = ("us_bill ", "state_bill ", "uk_bill ", "court_case ")
# Two register documents have different objects if each title has a word this rare that the other text lacks.
_OBJECT_RARITY = 0.35


def features(stories: Stories, compared: Profiles, firsts: Rows, others: Rows) -> Floats:
    """Returns a row of `FEATURES` for each pair of rows of `compared`."""
    rarity = stories.rarity
    own, theirs = compared.title_words[firsts], compared.title_words[others]
    own_weight, their_weight = _weights(own, rarity), _weights(theirs, rarity)
    found_there = _weights(own.multiply(compared.terms[others]), rarity) / np.maximum(own_weight, 1e-9)
    found_here = _weights(theirs.multiply(compared.terms[firsts]), rarity) / np.maximum(their_weight, 1e-9)
    phrases = _weighted(compared.title_terms[firsts].multiply(compared.title_terms[others]), rarity)
    facts = [
        _of_facts(stories, compared.facts[first], compared.facts[other])
        for first, other in zip(firsts.tolist(), others.tolist(), strict=True)
    ]
    columns = [
        np.einsum("ij,ij->i", compared.vectors[firsts], compared.vectors[others], dtype=np.float64),
        np.sqrt(_weights(own.multiply(theirs), rarity)),
        np.maximum(found_there, found_here),
        phrases.max(axis=1).toarray().ravel() if len(firsts) else np.empty(0),
    ]
    around = [(of[firsts] + of[others]) / 2 for of in (compared.crowding, compared.lengths)]
    said = np.array(facts).reshape(-1, len(FEATURES) - len(columns) - len(around))
    return six_decimals(np.column_stack([*columns, said, *around]))


def cannot_link(stories: Stories, first: int, other: int) -> bool:
    """Returns whether two stories name different matters by what identifies them, however alike they are."""
    one, two = stories.facts[first], stories.facts[other]
    if one.instruments & two.instruments:
        return False
    if any(_differ(_of_kind(one, kind), _of_kind(two, kind)) for kind in _IDENTIFIERS):
        return True
    if _places_differ(one, two):
        return True
    if not (one.is_register and two.is_register):
        return False
    if one.is_list_round and two.is_list_round and not _cites(one, two):
        return True
    if one.is_step or two.is_step:
        return False
    return _missing(stories, first, other) > _OBJECT_RARITY < _missing(stories, other, first)


def days_between(one: StoryFacts, two: StoryFacts) -> float:
    """The days from the end of the earlier to the start of the later; 0 if they overlap."""
    return max(0.0, max(one.first_day, two.first_day) - min(one.last_day, two.last_day))


def _of_facts(stories: Stories, one: StoryFacts, two: StoryFacts) -> list[float]:
    both = one.is_register and two.is_register
    days = float(np.log1p(days_between(one, two)))
    return [
        _rarest(stories, one.instruments & two.instruments),
        sum(
            stories.name_rarity[name] for name in sorted((one.firms | one.bodies) & (two.firms | two.bodies))
        ),
        float(bool(one.firms - two.named and two.firms - one.named)),
        float(bool(one.bodies - two.named and two.bodies - one.named)),
        _contrast(one.places, two.places, one.named, two.named),
        0.0 if both else days,
        days if both else 0.0,
        float(both),
        float(one.is_register != two.is_register),
        float(both and _cites(one, two)),
    ]


def _contrast(ours: Names, theirs: Names, all_ours: Names, all_theirs: Names) -> float:
    """1 if both titles name some and neither text has one of the other's, 0.5 if only the titles differ."""
    if not _differ(ours, theirs):
        return 0.0
    return 0.5 if ours & all_theirs or theirs & all_ours else 1.0


def _places_differ(one: StoryFacts, two: StoryFacts) -> bool:
    return _contrast(one.places, two.places, one.named, two.named) == 1.0


def _differ(ours: Names, theirs: Names) -> bool:
    return bool(ours and theirs and not ours & theirs)


def _of_kind(facts: StoryFacts, kind: str) -> Names:
    return frozenset(name for name in facts.instruments if name.startswith(kind))


def _cites(one: StoryFacts, two: StoryFacts) -> bool:
    return bool(one.cited_days & two.published_days or two.cited_days & one.published_days)


def _rarest(stories: Stories, names: Names) -> float:
    return max((stories.name_rarity[name] for name in names), default=0.0)


def _missing(stories: Stories, first: int, other: int) -> float:
    """The rarity of the rarest title word of the first that the text of the other lacks."""
    words, terms = _row(stories.title_words, first), _row(stories.terms, other)
    missing = words[~np.isin(words, terms)]
    return float(stories.rarity[missing].max()) if len(missing) else 0.0


def _row(matrix: csr_array, row: int) -> npt.NDArray[np.int32]:
    found: npt.NDArray[np.int32] = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
    return found


def _weighted(terms: csr_array, rarity: Floats) -> csr_array:
    weighted = csr_array(terms)
    weighted.data = weighted.data * rarity[weighted.indices]
    return weighted


def _weights(terms: csr_array, rarity: Floats) -> Floats:
    squares = _weighted(terms, rarity)
    squares.data = squares.data * squares.data
    sums: Floats = np.asarray(squares.sum(axis=1), np.float64).ravel()
    return sums
