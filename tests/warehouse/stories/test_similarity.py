"""What pairs of documents are compared by, beside the same computed in the plainest way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.stories import similarity
from warehouse.stories.documents import Document, DocumentPairs, Documents, columns_of
from warehouse.stories.neighbours import NearestNeighbours
from warehouse.stories.similarity import BackgroundSimilarity, PairSimilarity, TermRarity
from warehouse.stories.terms import read_all_terms, read_terms

WORDS = "chips export tariff council drone court seoul licence lithography senate model audit".split()
MANY = 90
DIMENSION = 8


def some_documents(seed: int, many: int = MANY, spread_days: float = 40) -> list[Document]:
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((many, DIMENSION)) + 1
    texts = [
        (" ".join(rng.choice(WORDS, 5)), " ".join(rng.choice(WORDS, rng.integers(20)))) for _ in range(many)
    ]
    return [
        Document(
            article_id=number,
            publisher=f"p{rng.integers(4)}",
            terms=terms,
            moment=datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=float(rng.random() * spread_days)),
            vector=(vector / np.linalg.norm(vector)).astype(np.float32),
        )
        for number, (terms, vector) in enumerate(zip(read_all_terms(texts), vectors, strict=True))
    ]


def stored(made: list[Document]) -> Documents:
    documents = Documents()
    documents.add(columns_of(made))
    return documents


def pairs_of(moments: list[int], rows: list[int], others: list[list[int]]) -> DocumentPairs:
    return DocumentPairs(
        moments=np.array(moments),
        rows=np.array(rows),
        sizes=np.array([len(group) for group in others]),
        others=np.array([other for group in others for other in group], np.int64),
    )


def counted_rows(moment: int) -> range:
    return range(max(0, moment + 1 - similarity.RECENT_DOCUMENTS), moment + 1)


MOMENTS = st.lists(st.integers(0, MANY - 1), min_size=1, max_size=8)
FEW = settings(max_examples=15, deadline=None)


@FEW
@given(MOMENTS)
def test_weights_of_terms_are_those_of_any_moment_forth_and_back(moments: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(similarity, "RECENT_DOCUMENTS", 30)
        documents = stored(some_documents(1))
        terms = documents.terms["all"]
        rarity, asked = TermRarity(terms), terms[7]
        got = rarity.weigh(
            terms.take(np.full(len(moments), 7)), np.array(moments), np.ones(len(moments), np.int64)
        )
        for moment, its in zip(moments, got.data.reshape(len(moments), -1), strict=True):
            rows = counted_rows(moment)
            held = np.concatenate([terms[row] for row in rows])
            frequency = (held == asked[:, None]).sum(axis=1)
            expected = np.maximum(np.log((len(rows) + 200) / (frequency + 0.5)), 0) ** 2
            assert its == pytest.approx(expected)


@FEW
@given(MOMENTS)
def test_what_is_usual_is_that_of_any_moment_forth_and_back(moments: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(similarity, "RECENT_DOCUMENTS", 30)
        documents = stored(some_documents(2))
        got = BackgroundSimilarity(documents, 0.5).of(pairs_of(moments, moments, [[3, 50]] * len(moments)))
        vectors = documents.vectors[:MANY].astype(np.float64)
        for moment, its in zip(moments, got.reshape(-1, 2), strict=True):
            rest = [row for row in counted_rows(moment) if row != moment]
            everyone = vectors[rest].sum(axis=0)
            for other, usual in zip((3, 50), its, strict=True):
                both = (vectors[moment] + vectors[other]) / 2
                expected = 0.5 * (both @ everyone) / (len(rest) + 100)
                family = [row for row in rest if documents.same_publisher(row, moment)]
                if family and documents.same_publisher(moment, other):
                    style = vectors[family].mean(axis=0) - everyone / len(rest)
                    expected += len(family) / (len(family) + 2) * (both @ style)
                assert usual == pytest.approx(expected, abs=1e-8)


def test_similarity_is_the_same_bits_whichever_pairs_are_asked_together() -> None:
    documents = stored(some_documents(3))
    rows = list(range(60, MANY))
    together = pairs_of(rows, rows, [list(range(row - 8, row)) for row in rows])

    def similarities(pair_similarity: PairSimilarity, pairs: DocumentPairs) -> list[float]:
        found: list[float] = pair_similarity.of(
            pairs, documents.cosines(pairs), pair_similarity.shared_words(pairs)
        ).tolist()
        return found

    def fresh() -> PairSimilarity:
        return PairSimilarity(documents, word_weight=0.7, background_share=0.5, decay_per_day=0.03)

    at_once = similarities(fresh(), together)
    asked = fresh()
    alone = [
        similarities(asked, pairs_of([row], [row], [[other]]))[0]
        for row in rows
        for other in range(row - 8, row)
    ]
    in_parts = [
        similarity
        for part, _ in together.parts(np.ones(len(together.others), np.int64), 20)
        for similarity in similarities(fresh(), part)
    ]
    assert at_once == alone == in_parts


@pytest.mark.parametrize(("spread_days", "many"), [(40, 60), (3, 1_500)])
def test_nearest_are_those_of_all_pairs_inside_the_window(spread_days: float, many: int) -> None:
    documents = stored(some_documents(4, many, spread_days))
    first = many - 40
    pairs, cosines = NearestNeighbours(documents, 21.0).before(first)
    ends = pairs.sizes.cumsum()
    for row, start, end in zip(range(first, many), ends - pairs.sizes, ends, strict=True):
        others = np.arange(row)
        exact = documents.cosines(pairs_of([row], [row], [others.tolist()]))
        near = others[(np.abs(documents.days[others] - documents.days[row]) <= 21.0) & (exact >= 0.2)]
        expected = sorted(sorted(near.tolist(), key=lambda other: (-exact[other], other))[:20])
        assert pairs.others[start:end].tolist() == expected
        assert cosines[start:end].tolist() == exact[expected].tolist()


def test_parts_are_all_pairs_in_order() -> None:
    pairs = pairs_of([5, 6, 7, 8], [5, 6, 7, 8], [[1, 2], [], [3], [1, 2, 3]])
    parts = list(pairs.parts(np.array([4, 4, 9, 1, 1, 1]), 8))
    assert [part.rows.tolist() for part, _ in parts] == [[5, 6], [7, 8]]
    assert [pairs.others[some].tolist() for _, some in parts] == [part.others.tolist() for part, _ in parts]


@FEW
@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=80)), max_size=8))
def test_terms_of_many_articles_are_those_of_each(articles: list[tuple[str, str]]) -> None:
    for terms, (title, text) in zip(read_all_terms(articles), articles, strict=True):
        alone = read_terms(title, text)
        assert all(np.array_equal(getattr(terms, name), getattr(alone, name)) for name in terms.__slots__)
