"""The digest of a small warehouse made by hand: the warehouse must confirm every line of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest
from fakes import NOW, WEEK, article, at, link, log_fetch, place, place_surely, save, watch

from reports.digest.build import build_digest
from reports.digest.digest import Digest
from reports.digest.items import CITATIONS, Item
from reports.digest.record import to_json
from reports.digest.render import to_html, to_markdown
from reports.digest.sections.bottom_line import BULLET_WORDS
from reports.digest.select import ITEMS_A_DESK, UNSURE_A_DESK
from reports.digest.verify import verify_record
from reports.week import Week
from sources.model import Article, DateStatus, Outcome
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.store.db import open_warehouse
from warehouse.store.issues import IssueRecord, save_issue
from warehouse.store.trend_tests import Verdict
from warehouse.stories.story_corrections import Correction
from warehouse.threads.thread_corrections import follow_thread

pytestmark = pytest.mark.slow

DESKS = load_taxonomy().desks
DAY = timedelta(days=1)
LEAD = (
    "The ministry revoked nine licences for lithography machines on Tuesday. Exporters have thirty days to "
    "appeal the decision in court."
)
OTHER = (
    "Nine export licences were withdrawn by the Dutch ministry, two officials said. The company declined to "
    "comment on the matter."
)


def told_in(week: Week, feed: str, stories: int) -> list[Article]:
    return [
        article(
            f"{feed} {week} {number}",
            feed=feed,
            published=week.start + DAY,
            seen=week.end + timedelta(hours=6),
        )
        for number in range(stories)
    ]


def tell(con: duckdb.DuckDBPyConnection, **stories: int) -> None:
    """Each feed tells so many stories of its own in W33."""
    place_surely(con, *(one for feed, number in stories.items() for one in told_in(WEEK, feed, number)))


def baseline(con: duckdb.DuckDBPyConnection, until: Week = WEEK, **stories: int) -> None:
    """Watches each feed throughout, and adds stories of its own in each of the eight weeks before W33."""
    watch(con, *stories, until=until)
    weeks = [WEEK.before(back) for back in range(1, 9)]
    place_surely(
        con,
        *(one for week in weeks for feed, number in stories.items() for one in told_in(week, feed, number)),
    )


def stories(digest: Digest) -> Iterator[Item]:
    for one in digest.sections:
        yield from one.items


def titles(digest: Digest, desk: str = "export_controls") -> list[str]:
    (items,) = [items for name, items in digest.appendix if name == desk]
    return [one.title for one in items]


def verdicts(digest: Digest) -> dict[str, Verdict]:
    return {one.desk: one.trend.verdict for one in digest.sections}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A week that is only read."""
    with open_warehouse(tmp_path_factory.mktemp("filled") / "warehouse.duckdb") as con:
        tell_a_week(con)
        yield con


def tell_a_week(con: duckdb.DuckDBPyConnection) -> None:
    """A story of three texts and a copy, one continued from last week, one per desk, and uncounted ones."""
    original = article("Dutch ministry revokes licences", LEAD)
    place_surely(con, original, story=1)
    place_surely(
        con, article("Dutch ministry revokes licences", LEAD, feed="copycat"), story=1, copy_of=original
    )
    place_surely(con, article("Licences withdrawn in The Hague", OTHER, feed="post"), story=1, similarity=0.7)
    place_surely(
        con,
        article("Hague licence list, in full", feed="gazette"),
        story=1,
        similarity=0.6,
        genre="primary_document",
    )
    place_surely(con, article("Talks begin", published=WEEK.start - DAY, feed="post"), story=2)
    place_surely(
        con,
        article("Talks go on", "The second round of talks opened in Geneva on Monday.", feed="post"),
        story=2,
    )
    place_surely(con, article("Drone order signed", feed="post"), desk="arms_race")
    place_surely(con, article("Bill passes committee", feed="gazette"), desk="regulation")
    place_surely(con, article("Rovers win the cup"), desk="off_topic")
    place_surely(con, article("Why we must act on chips", feed="post"), genre="opinion")
    place_surely(con, article("This week in chips"), genre="newsletter")
    place_surely(con, article("Our new chip"), genre="vendor")
    place_surely(
        con, article("Chip ban, some day", published=None, status=DateStatus.MISSING, seen=WEEK.start + DAY)
    )
    place_surely(
        con,
        article(
            "Chip ban in 2031", published=at("2031-01-01"), status=DateStatus.FUTURE, seen=WEEK.start + DAY
        ),
    )
    watch(con, "wire", "post", "gazette")


def test_every_printed_sentence_stands_in_the_article_it_cites(filled: duckdb.DuckDBPyConnection) -> None:
    digest = build_digest(filled, WEEK, NOW)
    printed = [sentence for one in stories(digest) for sentence in one.sentences]
    assert len(printed) >= 3
    for sentence in printed:
        row = filled.execute(
            "SELECT summary, title, url FROM articles WHERE article_id = $1", [sentence.source.article_id]
        ).fetchone()
        assert row is not None
        assert sentence.text in row[0]
        assert (sentence.source.title, sentence.source.url) == row[1:]


def test_sentences_come_from_an_article_that_the_item_cites(filled: duckdb.DuckDBPyConnection) -> None:
    for one in stories(build_digest(filled, WEEK, NOW)):
        assert {sentence.source for sentence in one.sentences} <= set(one.citations)


def test_every_citation_is_an_article_of_the_week(filled: duckdb.DuckDBPyConnection) -> None:
    digest = build_digest(filled, WEEK, NOW)
    cited = {citation for one in stories(digest) for citation in one.citations}
    for citation in cited:
        row = filled.execute(
            "SELECT title, url, published_at FROM articles WHERE article_id = $1", [citation.article_id]
        ).fetchone()
        assert citation.published_at is not None
        assert row == (citation.title, citation.url, citation.published_at.replace(tzinfo=None))
        assert WEEK.start <= citation.published_at < WEEK.end


def test_no_story_is_printed_twice(filled: duckdb.DuckDBPyConnection) -> None:
    digest = build_digest(filled, WEEK, NOW)
    assert max(Counter(one.story_id for one in stories(digest)).values()) == 1
    assert max(Counter(one.story_id for _, items in digest.appendix for one in items).values()) == 1


def test_printed_stories_are_those_of_the_appendix(filled: duckdb.DuckDBPyConnection) -> None:
    digest = build_digest(filled, WEEK, NOW)
    for section, (desk, items) in zip(digest.sections, digest.appendix, strict=True):
        assert section.desk == desk
        assert [one.story_id for one in section.items] == [one.story_id for one in items][:ITEMS_A_DESK]


def test_corpus_counts_articles_texts_stories_and_publishers_of_what_counts(
    filled: duckdb.DuckDBPyConnection,
) -> None:
    corpus = build_digest(filled, WEEK, NOW).corpus
    assert (corpus.articles, corpus.texts, corpus.stories, corpus.publishers) == (7, 6, 4, 4)
    assert corpus.collected == 11


def test_story_has_its_triple_and_one_citation_a_publisher(filled: duckdb.DuckDBPyConnection) -> None:
    lead = build_digest(filled, WEEK, NOW).sections[0].lead
    assert lead is not None
    assert (lead.title, lead.articles, lead.texts, lead.publishers) == (
        "Dutch ministry revokes licences",
        4,
        3,
        4,
    )
    outlets = [citation.outlet for citation in lead.citations]
    assert len(outlets) == len(set(outlets)) == CITATIONS


def test_lead_speaks_two_sentences_and_the_others_one(filled: duckdb.DuckDBPyConnection) -> None:
    lead, other = build_digest(filled, WEEK, NOW).sections[0].items
    assert " ".join(sentence.text for sentence in lead.sentences) == LEAD
    assert [sentence.text for sentence in other.sentences] == [
        "The second round of talks opened in Geneva on Monday."
    ]


def test_story_of_an_earlier_week_is_continued_not_new(filled: duckdb.DuckDBPyConnection) -> None:
    section = build_digest(filled, WEEK, NOW).sections[0]
    assert {one.title: one.is_new for one in section.items} == {
        "Dutch ministry revokes licences": True,
        "Talks go on": False,
    }
    assert section.new_stories == 1


@pytest.mark.parametrize(
    "left_out",
    [
        "Rovers win the cup",
        "This week in chips",
        "Our new chip",
        "Chip ban, some day",
        "Chip ban in 2031",
        "Why we must act on chips",
    ],
)
def test_what_does_not_count_is_no_story(filled: duckdb.DuckDBPyConnection, left_out: str) -> None:
    digest = build_digest(filled, WEEK, NOW)
    assert left_out not in [title for desk in DESKS for title in titles(digest, desk)]


def test_opinion_is_listed_apart(filled: duckdb.DuckDBPyConnection) -> None:
    assert [one.title for one in build_digest(filled, WEEK, NOW).commentary.opinion] == [
        "Why we must act on chips"
    ]


def test_items_set_aside_are_named_in_the_coverage(filled: duckdb.DuckDBPyConnection) -> None:
    assert set(build_digest(filled, WEEK, NOW).coverage.set_aside) == {
        ("Wire", "missing", 1),
        ("Wire", "future", 1),
    }


def test_counts_of_the_trend_are_those_of_the_appendix(filled: duckdb.DuckDBPyConnection) -> None:
    digest = build_digest(filled, WEEK, NOW)
    for section in digest.sections:
        assert section.trend.stories == len(titles(digest, section.desk))


def test_same_warehouse_gives_the_same_bytes(filled: duckdb.DuckDBPyConnection) -> None:
    one, two = build_digest(filled, WEEK, NOW), build_digest(filled, WEEK, NOW)
    for form in (to_html, to_markdown, to_json):
        assert form(one) == form(two)


def test_issue_made_later_without_news_is_the_same(filled: duckdb.DuckDBPyConnection) -> None:
    assert build_digest(filled, WEEK, NOW + 30 * DAY) == build_digest(filled, WEEK, NOW)


def test_what_is_seen_later_is_not_in_an_earlier_issue(con: duckdb.DuckDBPyConnection) -> None:
    tell_a_week(con)
    before = to_json(build_digest(con, WEEK, NOW))
    late = NOW + 3 * DAY
    place_surely(con, article("Late but of the week", seen=late), article("Late too", feed="late", seen=late))
    place_surely(
        con, article("Dutch ministry: more", feed="later", seen=late), story=1, desk="regulation", score=99.0
    )
    save(con, article("Late and undated", published=None, status=DateStatus.MISSING, seen=late))
    log_fetch(con, "wire", late, Outcome.TIMEOUT)
    assert to_json(build_digest(con, WEEK, NOW)) == before
    assert "Late but of the week" in titles(build_digest(con, WEEK, late))


def test_copies_of_an_older_text_are_one_text(con: duckdb.DuckDBPyConnection) -> None:
    original = article("Told last week", published=WEEK.start - DAY)
    place_surely(con, original, story=1)
    place_surely(
        con,
        article("Told last week", feed="a"),
        article("Told last week", feed="b"),
        story=1,
        copy_of=original,
    )
    lead = build_digest(con, WEEK, NOW).sections[0].lead
    assert lead is not None
    assert (lead.articles, lead.texts, lead.publishers) == (2, 1, 2)


def test_single_source_stays_one_though_its_publisher_has_many_feeds(con: duckdb.DuckDBPyConnection) -> None:
    place_surely(
        con, *(article("Same owner", feed=f"owner-{n}", publisher="Owner") for n in range(4)), story=1
    )
    (one,) = build_digest(con, WEEK, NOW).sections[0].items
    assert one.single_source
    assert len(one.citations) == 1


def test_empty_warehouse_gives_an_issue_that_says_nothing_happened(con: duckdb.DuckDBPyConnection) -> None:
    digest = build_digest(con, WEEK, NOW)
    assert list(stories(digest)) == []
    assert set(verdicts(digest).values()) == {Verdict.BASELINE_FORMING}
    for form in (to_html, to_markdown):
        text = form(digest)
        assert text.count("nothing was collected for this week") == len(DESKS)
        assert "No story this week." in text
        assert "Every feed answered" not in text
    assert '"articles": 0' in to_json(digest)


def test_week_in_which_all_feeds_failed_is_not_dressed_as_a_quiet_one(con: duckdb.DuckDBPyConnection) -> None:
    baseline(con, until=WEEK.before(1), wire=5, post=5)
    watch(con, "wire", "post", since=WEEK, outcome="unreachable")
    digest = build_digest(con, WEEK, NOW)
    assert digest.coverage.down == ("Post", "Wire")
    assert set(verdicts(digest).values()) == {Verdict.WITHHELD}
    assert "2 of 2 feeds down" in to_markdown(digest)


def test_week_that_is_not_over_is_not_compared(con: duckdb.DuckDBPyConnection) -> None:
    baseline(con, until=WEEK.before(1), wire=20)
    wednesday = WEEK.start + 2 * DAY
    log_fetch(con, "wire", wednesday)
    assert set(verdicts(build_digest(con, WEEK, wednesday)).values()) == {Verdict.WITHHELD}


def test_week_whose_watch_ended_on_thursday_is_not_compared(con: duckdb.DuckDBPyConnection) -> None:
    baseline(con, until=WEEK.before(1), wire=20)
    log_fetch(con, "wire", WEEK.start + 3 * DAY)
    assert set(verdicts(build_digest(con, WEEK, NOW)).values()) == {Verdict.WITHHELD}


def test_rise_told_by_feeds_watched_throughout_is_risen(con: duckdb.DuckDBPyConnection) -> None:
    baseline(con, wire=2, post=3)
    tell(con, wire=10, post=12)
    digest = build_digest(con, WEEK, NOW)
    assert verdicts(digest)["export_controls"] is Verdict.RISEN
    assert digest.sections[0].trend.baseline[-8:] == (5,) * 8
    assert "... 5, 5, 5, 5, then 22 stories a week; q" in to_markdown(digest)


@pytest.mark.parametrize("told_by_others", [4, 5, 6, 7])
def test_feed_added_this_week_prints_no_rise(con: duckdb.DuckDBPyConnection, told_by_others: int) -> None:
    baseline(con, wire=2, post=3)
    watch(con, "new", since=WEEK)
    tell(con, wire=told_by_others - 3, post=3, new=40)
    # Its pinned post is older than all the baseline; that does not make it a feed that was watched.
    pinned = article(
        "Pinned", feed="new", published=WEEK.before(20).start, seen=WEEK.end + timedelta(hours=6)
    )
    save(con, pinned)
    assert verdicts(build_digest(con, WEEK, NOW))["export_controls"] is Verdict.NO_MEASURABLE_CHANGE


def test_outage_of_the_biggest_feed_prints_no_fall(con: duckdb.DuckDBPyConnection) -> None:
    baseline(con, wire=30, a=1, b=1, c=1, d=1)
    watch(con, "wire", since=WEEK, outcome="timeout")
    tell(con, a=1, b=1, c=1, d=1)
    digest = build_digest(con, WEEK, NOW)
    assert digest.coverage.down == ("Wire",)
    assert verdicts(digest)["export_controls"] is Verdict.WITHHELD


def test_feed_that_came_back_from_an_outage_prints_no_rise(con: duckdb.DuckDBPyConnection) -> None:
    baseline(con, a=1, b=1, c=1, d=1)
    watch(con, "wire", until=WEEK.before(9))
    watch(con, "wire", since=WEEK.before(8), until=WEEK.before(1), outcome="timeout")
    watch(con, "wire", since=WEEK)
    tell(con, a=1, b=1, c=1, d=1, wire=30)
    assert verdicts(build_digest(con, WEEK, NOW))["export_controls"] is Verdict.NO_MEASURABLE_CHANGE


def test_archive_of_a_new_installation_is_no_baseline(con: duckdb.DuckDBPyConnection) -> None:
    watch(con, "wire", "post", since=WEEK)
    shown = [
        one
        for back in range(9, 0, -1)
        for feed in ("wire", "post")
        for one in told_in(WEEK.before(back), feed, 1)
    ]
    place_surely(con, *(replace(one, first_seen_at=NOW) for one in shown))
    tell(con, wire=20, post=20)
    digest = build_digest(con, WEEK, NOW)
    assert verdicts(digest)["export_controls"] is Verdict.BASELINE_FORMING
    assert "baseline forming" in to_markdown(digest)


def test_flood_of_copies_is_one_story(con: duckdb.DuckDBPyConnection) -> None:
    baseline(con, wire=2, post=3)
    original = article("Once told", feed="wire")
    place_surely(con, original, story=1)
    copies = [article("Once told", feed="post", url=f"https://post.example/{n}") for n in range(50)]
    place_surely(con, *copies, story=1, copy_of=original)
    tell(con, post=4)
    digest = build_digest(con, WEEK, NOW)
    assert digest.sections[0].trend.stories == 5
    assert verdicts(digest)["export_controls"] is Verdict.NO_MEASURABLE_CHANGE


def test_count_is_of_the_whole_corpus_not_of_what_is_printed(con: duckdb.DuckDBPyConnection) -> None:
    tell(con, wire=40)
    section = build_digest(con, WEEK, NOW).sections[0]
    assert len(section.items) == ITEMS_A_DESK
    assert section.trend.stories == 40


def test_hostile_article_goes_through_the_whole_digest_as_text(con: duckdb.DuckDBPyConnection) -> None:
    hostile = "<script>alert(1)</script> | **\u202ebold** [x](javascript:alert(1))"
    place_surely(
        con,
        replace(
            article(hostile, f"{hostile} and so the story went on for a while."), url="javascript:alert(1)"
        ),
    )
    digest = build_digest(con, WEEK, NOW)
    assert titles(digest) == [hostile]
    for form in (to_html, to_markdown, to_json):
        assert "<script" not in form(digest).replace("\\<script", "")
        assert "\u202e" not in form(digest)
        assert 'href="javascript' not in form(digest)


def test_story_of_unsure_desk_is_listed_apart_and_counted_all_the_same(
    con: duckdb.DuckDBPyConnection,
) -> None:
    place_surely(con, article("Surely on topic"))
    place_surely(con, article("Perhaps on topic"), score=0.55)
    digest = build_digest(con, WEEK, NOW)
    section = digest.sections[0]
    assert [one.title for one in section.items] == ["Surely on topic"]
    assert [one.title for one in section.unsure] == ["Perhaps on topic"]
    assert digest.corpus.stories == 2
    assert to_markdown(digest).index("## Further news by headline") < to_markdown(digest).index(
        "Perhaps on topic"
    )


def test_story_that_is_perhaps_on_topic_is_listed_last_and_not_counted(
    con: duckdb.DuckDBPyConnection,
) -> None:
    place_surely(con, article("Surely on topic"))
    place(con, article("Perhaps on topic"), score=0.3)
    place(con, article("Surely off topic"), score=0.05)
    digest = build_digest(con, WEEK, NOW)
    assert digest.corpus.stories == 1
    assert [(one.source.title, one.desk, one.on_topic) for one in digest.near_topic] == [
        ("Perhaps on topic", "export_controls", 0.3)
    ]
    assert to_markdown(digest).rindex("Perhaps on topic") > to_markdown(digest).index("## Appendix")


@pytest.mark.parametrize(
    ("score", "significance", "mark"), [(0.55, 2.0, "low confidence"), (0.95, 0.1, "minor")]
)
def test_desk_without_news_says_its_best_story_as_what_it_is(
    con: duckdb.DuckDBPyConnection, score: float, significance: float, mark: str
) -> None:
    place(con, article("A committee meets"), score=score, significance=significance)
    digest = build_digest(con, WEEK, NOW)
    bullet = digest.bottom_line[0]
    assert (bullet.text, bullet.mark) == ("A committee meets", mark)
    assert f"({mark}) A committee meets" in to_markdown(digest)


def test_bottom_line_has_a_bullet_a_desk_of_at_most_25_words_in_the_words_of_a_source(
    filled: duckdb.DuckDBPyConnection,
) -> None:
    digest = build_digest(filled, WEEK, NOW)
    assert [bullet.desk for bullet in digest.bottom_line] == list(DESKS)
    assert {"export_controls", "arms_race", "regulation"} <= {
        one.desk for one in digest.bottom_line if one.source
    }
    for bullet in digest.bottom_line:
        assert len(bullet.text.split()) <= BULLET_WORDS
        assert bullet.text in (bullet.source.title if bullet.source else "")


def test_long_headline_is_no_longer_than_a_bullet_may_be(con: duckdb.DuckDBPyConnection) -> None:
    place_surely(con, article("Ministry " + "revokes a licence, and " * 12 + "goes on"))
    (bullet, *_) = build_digest(con, WEEK, NOW).bottom_line
    assert len(bullet.text.split()) <= BULLET_WORDS
    assert bullet.text.endswith("…")


def test_families_take_turns_in_leading(con: duckdb.DuckDBPyConnection) -> None:
    for desk in DESKS:
        place_surely(con, article(f"Wire on {desk}"), article(f"More on {desk}", feed="post"), desk=desk)
    leads = [one.lead for one in build_digest(con, WEEK, NOW).sections]
    outlets = [lead.citations[0].outlet for lead in leads if lead]
    assert len(outlets) == len(DESKS)
    assert len(set(outlets)) == 2


def test_last_week_is_restated_by_what_came_late(con: duckdb.DuckDBPyConnection) -> None:
    watch(con, "wire")
    last, monday = WEEK.before(1), WEEK.start + timedelta(hours=6)
    place_surely(con, *told_in(last, "wire", 2))
    printed = build_digest(con, last, monday)
    save_issue(
        con,
        IssueRecord(
            week=str(last),
            watermark=printed.watermark,
            articles=2,
            stories=2,
            desks={"export_controls": 2},
            content_hash=1,
        ),
        monday,
    )
    assert build_digest(con, WEEK, NOW).changes.restatement is None
    late = article("Late", published=last.start + DAY, seen=WEEK.start + 3 * DAY)
    place_surely(con, late)
    restated = build_digest(con, WEEK, NOW).changes.restatement
    assert restated is not None
    assert (restated.before, restated.after, restated.desks) == (2, 3, (("export_controls", 2, 3),))
    assert build_digest(con, last, printed.watermark) == printed


def dated(con: duckdb.DuckDBPyConnection, title: str, due_on: str, story: int, **more: object) -> Article:
    """An article of the week that announces a vote."""
    one = article(title, f"The vote is planned for {due_on}.", **more)  # type: ignore[arg-type]
    place_surely(con, one, story=story, desk="regulation")
    con.execute(
        "INSERT INTO store.article_dates VALUES ($1, 'vote', $2, FALSE, $3)",
        [one.article_id, due_on, one.summary],
    )
    return one


def test_days_to_come_are_told_for_thirty_days(con: duckdb.DuckDBPyConnection) -> None:
    dated(con, "Soon", "2026-08-17", 1)
    dated(con, "Last day", "2026-09-15", 2)
    dated(con, "Too far", "2026-09-16", 3)
    digest = build_digest(con, WEEK, NOW)
    assert [one.source.title for one in digest.due_dates.upcoming] == ["Soon", "Last day"]
    assert digest.due_dates.upcoming[0].evidence == "The vote is planned for 2026-08-17."


def test_what_was_due_and_went_unheard_is_expected_not_observed(con: duckdb.DuckDBPyConnection) -> None:
    before = WEEK.start - 3 * DAY
    dated(con, "Vote on Tuesday", "2026-08-11", 1, published=before)
    dated(con, "Vote on Thursday", "2026-08-13", 2, published=before)
    place_surely(con, article("The vote passed", published=WEEK.start + 4 * DAY), story=2, desk="regulation")
    digest = build_digest(con, WEEK, NOW)
    assert [one.source.title for one in digest.due_dates.unobserved] == ["Vote on Tuesday"]
    assert "Expected this week, not observed" in to_markdown(digest)


def test_what_another_story_tells_of_the_same_instrument_is_observed(con: duckdb.DuckDBPyConnection) -> None:
    announced = dated(con, "Vote on Tuesday", "2026-08-11", 1, published=WEEK.start - 3 * DAY)
    told = article("Chamber decides", published=WEEK.start + 2 * DAY)
    place_surely(con, told, story=2, desk="regulation")
    assert len(build_digest(con, WEEK, NOW).due_dates.unobserved) == 1
    for one in (announced, told):
        con.execute(
            "INSERT INTO store.article_instruments VALUES ($1, 'us_bill', 'H.R. 1', '')", [one.article_id]
        )
    assert build_digest(con, WEEK, NOW).due_dates.unobserved == ()


@pytest.mark.parametrize(
    ("title", "days_after", "heard"),
    [("Chamber passes it", 2, True), ("Chamber is repainted", 2, False), ("Chamber votes", -1, False)],
)
def test_what_another_story_tells_of_the_same_names_is_observed(
    con: duckdb.DuckDBPyConnection, title: str, days_after: int, heard: bool
) -> None:
    announced = dated(con, "Vote on Tuesday", "2026-08-11", 1, published=WEEK.start - 3 * DAY)
    told = article(title, published=WEEK.start + days_after * DAY)
    place_surely(con, told, story=2, desk="regulation")
    for one in (announced, told):
        for name in ("acme", "chamber"):
            con.execute(
                "INSERT INTO store.article_entities VALUES ($1, $2, $2, 'chip', NULL, NULL, '', 1, FALSE)",
                [one.article_id, name],
            )
    assert (build_digest(con, WEEK, NOW).due_dates.unobserved == ()) is heard


def follow_on(con: duckdb.DuckDBPyConnection, relation: str = "names") -> None:
    """A bill is introduced three weeks before the week, and passed in it: two stories of one thread."""
    place_surely(con, article("Bill introduced", published=WEEK.start - 21 * DAY), story=1)
    place_surely(con, article("Bill passed"), story=2)
    link(con, 1, 2, relation=relation)


def test_new_story_of_an_older_matter_is_its_next_step_with_the_one_before_cited(
    con: duckdb.DuckDBPyConnection,
) -> None:
    follow_on(con)
    digest = build_digest(con, WEEK, NOW)
    section = digest.sections[0]
    (told,) = section.items
    assert told.earlier is not None
    assert (told.is_new, section.new_stories, told.earlier.source.title) == (False, 0, "Bill introduced")
    assert "*Next step; single source.*" in to_markdown(digest)
    assert "Likely step 2; before: [" in to_markdown(digest)
    assert "Bill introduced" in to_html(digest)
    assert verify_record(con, digest) == []


def test_step_before_that_an_issue_counted_was_told_in_it(con: duckdb.DuckDBPyConnection) -> None:
    follow_on(con, "instrument")
    week = WEEK.before(3)
    save_issue(
        con,
        IssueRecord(week=str(week), watermark=week.end, articles=1, stories=1, desks={}, content_hash=1),
        week.end,
    )
    assert "Step 2; last told W30:" in to_markdown(build_digest(con, WEEK, NOW))


def chapter(con: duckdb.DuckDBPyConnection, *, relation: str = "citation", title: str = "It goes on") -> None:
    """Two steps surely at a desk in the weeks before, and one of the week that is perhaps on topic."""
    for number, step in enumerate(("Firm is sanctioned", "Firm sues"), start=1):
        published = WEEK.before(number).start + DAY
        place_surely(con, article(step, published=published), story=number, desk="regulation")
    place(con, article(title), story=3, desk="arms_race", score=0.3)
    link(con, 1, 2, 3, relation=relation)


def test_chapter_without_key_words_is_told_at_the_desk_of_its_thread_and_not_counted(
    con: duckdb.DuckDBPyConnection,
) -> None:
    chapter(con)
    digest = build_digest(con, WEEK, NOW)
    (section,) = (one for one in digest.sections if one.desk == "regulation")
    (told,) = section.unsure
    assert (told.title, told.filed_with, section.stories, digest.corpus.stories) == ("It goes on", 1, 0, 0)
    assert digest.near_topic == ()
    assert "filed with its thread" in to_markdown(digest)
    assert "filed with its thread" in to_html(digest)
    assert verify_record(con, digest) == []


def test_chapter_for_which_its_desk_has_no_space_is_listed_as_perhaps_on_topic(
    con: duckdb.DuckDBPyConnection,
) -> None:
    chapter(con)
    place(con, *(article(f"Perhaps {n}") for n in range(UNSURE_A_DESK)), desk="regulation", score=0.6)
    (listed,) = build_digest(con, WEEK, NOW).near_topic
    assert (listed.desk, listed.filed_with) == ("regulation", 1)


def test_step_of_a_followed_thread_is_told_though_it_deserves_no_line(con: duckdb.DuckDBPyConnection) -> None:
    place_surely(con, article("Bill introduced", published=WEEK.start - 21 * DAY), story=1)
    place_surely(con, article("Bill printed"), story=2, significance=0.0)
    link(con, 1, 2)
    assert build_digest(con, WEEK, NOW).sections[0].items == ()
    follow_thread(con, 1, Correction(at=WEEK.start, by="ana", why="ours"))
    (told,) = build_digest(con, WEEK, NOW).sections[0].items
    assert told.title == "Bill printed"


@pytest.mark.parametrize(("days_after", "heard"), [(2, True), (-1, False)])
def test_what_another_story_of_the_thread_tells_from_the_day_on_is_observed(
    con: duckdb.DuckDBPyConnection, days_after: int, heard: bool
) -> None:
    dated(con, "Vote on Tuesday", "2026-08-11", 1, published=WEEK.start - 3 * DAY)
    later = article("Ayes have it", published=WEEK.start + days_after * DAY)
    place_surely(con, later, story=2, desk="regulation")
    link(con, 1, 2)
    assert (build_digest(con, WEEK, NOW).due_dates.unobserved == ()) is heard


def test_week_in_which_old_stories_only_go_on_says_nothing_new(con: duckdb.DuckDBPyConnection) -> None:
    place_surely(con, article("Talks begin", published=WEEK.start - DAY), story=2, score=0.55)
    place_surely(con, article("Perhaps talks go on"), story=2, sure=False)
    (told_of, *_) = build_digest(con, WEEK, NOW).sections
    assert told_of.new_stories == 0
    assert "nothing new, 1 story went on" in to_markdown(build_digest(con, WEEK, NOW))


def test_issue_is_the_same_made_again_as_of_its_own_cut_off(filled: duckdb.DuckDBPyConnection) -> None:
    printed = build_digest(filled, WEEK, NOW)
    assert to_json(build_digest(filled, WEEK, printed.watermark)) == to_json(printed)


def test_body_of_a_full_week_with_risen_desks_can_be_read_in_seven_minutes(
    con: duckdb.DuckDBPyConnection,
) -> None:
    watch(con, "wire", "post", "gazette")
    for desk in DESKS:
        earlier = ((back, number) for back in range(1, 11) for number in range(2))
        told = (
            article(
                f"{desk} {back} {number}",
                feed=("wire", "post", "gazette")[(back + number) % 3],
                published=WEEK.before(back).start + DAY,
            )
            for back, number in earlier
        )
        place_surely(con, *told, desk=desk)
    long = "the ministry told of it at length and " * 3
    for place_of_desk, desk in enumerate(("export_controls", "arms_race", "regulation")):
        for number in range(12):
            said = f"On Monday number {number} {long}went on. On Tuesday number {number} {long}went on."
            title = f"{desk} number {number} is settled by the ministry"
            both = (article(title, said, feed=feed) for feed in ("wire", "post", "gazette"))
            place_surely(con, *both, story=100 * place_of_desk + number + 1, desk=desk)
    digest = build_digest(con, WEEK, NOW)
    assert set(verdicts(digest).values()) == {Verdict.RISEN}
    body = to_markdown(digest).split("## Method")[0]
    prose = [line for line in body.splitlines() if not line.startswith(("|", "**Corpus", "**Window"))]
    cited = re.compile(r"\(?\[[^\]]*\]\([^)]*\)(?:, \d+ \w+ \d{4})?\)?;?")
    words = sum(len(cited.sub("", line).split()) for line in prose)
    assert 600 <= words <= 1_300
