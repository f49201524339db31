"""How a story is told from the texts of several outlets."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from reports.digest.sentences import stands_in
from reports.digest.story_sentences import OF_ONE_ARTICLE, SourceText, Space, tell

LEAD = Space(sentences=4, words=42, words_of_all=100)
TITLE = "Dutch ministry revokes licences for chip machines"
EVENT = "The Dutch ministry on Tuesday revoked nine export licences for lithography machines bound for China."
EFFECT = (
    "Machines worth 600 million euros stand in the port of Rotterdam and cannot leave, customs officers said."
)
NEXT = (
    "Holders of revoked licences will have until 1 September to appeal to the administrative court, where "
    "similar cases took judges seven months on average last winter."
)
SAME = "On Tuesday nine export licences for lithography machines bound for China were revoked in The Hague."
OTHER = "Retail prices of tulips rose in the south last year, according to growers of flowers."


def source(number: int, *sentences: str, title: str = TITLE) -> SourceText:
    return SourceText(article_id=number, title=title, text="\n".join(sentences))


def told(*sources: SourceText, space: Space = LEAD, title: str = TITLE) -> list[tuple[int, str]]:
    return tell(title, sources, space)


def test_story_is_told_by_different_outlets_which_say_different_things() -> None:
    assert told(source(1, EVENT), source(2, EFFECT, SAME), source(3, SAME, NEXT)) == [
        (1, EVENT),
        (2, EFFECT),
        (3, NEXT),
    ]


def test_what_comes_next_stands_last() -> None:
    assert told(source(1, EVENT, NEXT), source(2, EFFECT, SAME)) == [(1, EVENT), (2, EFFECT), (1, NEXT)]


def test_sentence_of_another_story_is_not_printed() -> None:
    assert OTHER not in [text for _, text in told(source(1, EVENT, EFFECT, NEXT, OTHER))]


def test_copy_of_a_text_is_no_other_outlet() -> None:
    assert {number for number, _ in told(source(1, EVENT, EFFECT, NEXT), source(2, EVENT, EFFECT, NEXT))} == {
        1
    }


def test_sentence_that_leans_on_the_one_before_it_is_printed_behind_it_only() -> None:
    leaning = "It also asked Belgium to stop nine shipments of lithography machines in the port of Antwerp."
    assert told(source(1, EVENT, leaning)) == [(1, EVENT), (1, leaning)]
    assert told(source(1, EVENT, OTHER, leaning)) == [(1, EVENT)]
    assert told(source(1, leaning)) == []


def test_the_bill_is_understood_under_a_headline_that_names_a_bill() -> None:
    bill = "The bill would require makers of lithography machines to say where each of them stands."
    assert told(source(1, bill), title="Dutch chip machines bill passes") == [(1, bill)]
    assert told(source(1, bill)) == []


def test_repeated_headline_is_not_printed() -> None:
    assert told(source(1, f"{TITLE}.", EVENT)) == [(1, EVENT)]


def test_space_is_kept() -> None:
    texts = [source(1, EVENT, EFFECT, NEXT), source(2, EFFECT, SAME)]
    assert len(told(*texts, space=Space(sentences=2, words=42, words_of_all=100))) == 2
    assert len(told(*texts, space=Space(sentences=4, words=42, words_of_all=20))) == 1
    assert told(*texts, space=Space(sentences=4, words=10, words_of_all=100)) == []


def test_of_one_article_no_more_than_three_sentences() -> None:
    more = "Belgian customs officers held two further machines of the Dutch maker at the border near Antwerp."
    assert len(told(source(1, EVENT, EFFECT, NEXT, more))) <= OF_ONE_ARTICLE


def test_nothing_to_tell_is_no_error() -> None:
    assert told() == []
    assert told(source(1, "")) == []


PIECES = st.lists(
    st.one_of(st.sampled_from([EVENT, EFFECT, NEXT, SAME, OTHER]), st.text(max_size=80)), max_size=8
)


@settings(max_examples=50)
@given(st.lists(PIECES, max_size=3))
def test_whatever_is_told_stands_in_its_text_and_is_told_the_same_again(texts: list[list[str]]) -> None:
    sources = [source(number, *pieces) for number, pieces in enumerate(texts)]
    for number, sentence in told(*sources):
        assert stands_in(sentence, sources[number].text)
    assert told(*sources) == told(*sources)
