"""The summary of a story: a headline, terms and sentences that are in its articles."""

from __future__ import annotations

import duckdb
from fakes import HashEmbedder, article, place, silent

from warehouse.embed.vectors import embed_pending
from warehouse.stories.summaries import Member, StorySummary, summarise, summarise_stories

LEADS = (
    "The Dutch government revoked two licences of ASML for shipments to China on Tuesday. Read more on our "
    "site today, dear reader, now.",
    "ASML said on Wednesday that the revoked licences concern its immersion scanners. The firm expects no",
    "Beijing protested against the decision of the Dutch government about ASML scanners within hours.",
)


def member(number: int, title: str, text: str = "", *, publisher: str = "", genre: str = "news") -> Member:
    return Member(
        article_id=number,
        publisher=publisher or f"publisher {number}",
        genre=genre,
        title=title,
        text=text,
        vector=HashEmbedder().encode([f"{title} {text}"])[0],
    )


def made(*members: Member) -> StorySummary:
    return summarise(members, lambda words: [1.0] * len(words))


STORY = (
    member(1, "Dutch government revokes licences of ASML", LEADS[0]),
    member(2, "ASML: revoked licences concern scanners", LEADS[1]),
    member(3, "Beijing protests against Dutch government over ASML", LEADS[2]),
)


def test_title_is_the_headline_nearest_to_other_publishers() -> None:
    assert made(*STORY, member(4, "Village fair draws visitors")).article_id != 4


def test_opinion_and_round_ups_lead_a_story_only_if_there_is_nothing_else() -> None:
    opinion = member(9, STORY[0].title, LEADS[0], genre="opinion")
    assert made(opinion, STORY[1]).article_id == 2
    assert made(opinion).article_id == 9


def test_shouted_headline_gives_way_to_a_spoken_one() -> None:
    assert (
        made(member(1, "DUTCH REVOKE ASML LICENCES"), member(2, "Dutch revoke ASML licences")).article_id == 2
    )


def test_summary_has_whole_sentences_of_its_articles_and_no_page_furniture() -> None:
    sentences = made(*STORY).sentences
    texts = {one.article_id: one.text for one in STORY}
    assert 2 <= len(sentences) <= 3
    for article_id, sentence in sentences:
        assert sentence in texts[article_id]
        assert sentence.endswith(".")
        assert "Read more" not in sentence


def test_summary_says_nothing_twice() -> None:
    repeated = member(5, "Licences revoked", LEADS[0])
    sentences = [sentence for _, sentence in made(*STORY, repeated).sentences]
    assert len(sentences) == len(set(sentences))


def test_key_terms_are_shared_words_as_they_are_written() -> None:
    assert "ASML" in made(*STORY).key_terms
    assert "Beijing" not in made(*STORY[:2]).key_terms


def test_texts_without_words_have_a_summary_all_the_same() -> None:
    assert made(member(1, "", "")) == StorySummary(article_id=1, key_terms=(), sentences=())


def test_story_is_summarised_again_only_when_it_changes(con: duckdb.DuckDBPyConnection) -> None:
    first = article("Dutch government revokes licences of ASML", LEADS[0])
    place(con, first, story=1)
    embed_pending(con, HashEmbedder(), silent)
    assert (summarise_stories(con), summarise_stories(con)) == (1, 0)
    place(con, article("Beijing protests over ASML", LEADS[2], feed="post"), story=1)
    embed_pending(con, HashEmbedder(), silent)
    assert (summarise_stories(con), summarise_stories(con)) == (1, 0)
    (title, terms), *_ = con.execute("SELECT title, key_terms FROM stories").fetchall()
    assert title == first.title
    assert "ASML" in terms
    assert con.execute("SELECT list(position ORDER BY position) FROM story_sentences").fetchone() == ([1, 2],)
