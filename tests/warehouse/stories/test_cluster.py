from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.stories import similarity
from warehouse.stories.cluster import PARAMETERS, Assignment, StoryIndex
from warehouse.stories.constraints import Constraints
from warehouse.stories.documents import TERM_FIELDS, Document, DocumentColumns, term_matrix
from warehouse.stories.terms import read_terms, strip_outlet, term_ids, title_opening, words

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
DIMENSION = 64

BLACKLIST = (
    "WASHINGTON, March 3 - The United States on Tuesday added 23 companies and institutes to a trade "
    "blacklist, saying they had tried to buy advanced processors for supercomputers used by the armed "
    "forces. Suppliers will need licences."
)
SHORTER_LEADS = (
    "Qianlu and Beilun are among two dozen names that American chip makers may no longer serve without "
    "asking first.",
    "A rule published on Tuesday closes a route by which Qianlu bought accelerators through a trader in "
    "Penang.",
)


def embed(text: str) -> np.ndarray:
    """A deterministic stand-in for the model: texts that share words have near vectors."""
    total = np.zeros(DIMENSION)
    for word in words(text):
        total += np.random.default_rng(zlib.crc32(word.encode())).standard_normal(DIMENSION)
    length = float(np.linalg.norm(total))
    return (total / length if length else np.eye(DIMENSION)[0]).astype(np.float32)


def article(
    number: int,
    title: str,
    text: str = "",
    *,
    days: float = 0,
    publisher: str = "",
    about: str | None = None,
    is_roundup: bool = False,
) -> Document:
    """A document; `about` is what the model would understand of it where its words do not say so."""
    return Document(
        article_id=number,
        publisher=publisher or f"publisher {number}",
        terms=read_terms(title, text),
        moment=MONDAY + timedelta(days=days),
        vector=embed(about if about is not None else f"{title} {text}"),
        title_opening=title_opening(title),
        is_roundup=is_roundup,
    )


def new_index() -> StoryIndex:
    return StoryIndex(new_story_id=lambda article_id: 1_000_000 + article_id)


def assigned(*documents: Document) -> list[Assignment]:
    return new_index().assign_all(documents)


def stories(*documents: Document) -> list[int]:
    return [assignment.story_id for assignment in assigned(*documents)]


def copies(*documents: Document) -> list[int | None]:
    return [assignment.copy_of for assignment in assigned(*documents)]


def test_same_event_in_different_words_is_one_story() -> None:
    meaning = "united states blacklist chip firms supercomputers export"
    first, second, third = stories(
        article(
            1, "US adds 23 firms to Entity List over chips for China's military", BLACKLIST, about=meaning
        ),
        article(
            2,
            "Qianlu, Beilun join trade blacklist",
            SHORTER_LEADS[0],
            days=0.3,
            about=f"{meaning} qianlu beilun",
        ),
        article(
            3,
            "How Qianlu got its chips, and why that ends",
            SHORTER_LEADS[1],
            days=1,
            about=f"{meaning} penang",
        ),
    )
    assert first == second == third


def test_different_events_of_one_day_are_different_stories() -> None:
    first, second = stories(
        article(1, "US adds 23 firms to Entity List over chips", BLACKLIST),
        article(
            2,
            "Judge dismisses journalists' suit against spyware maker",
            "Six reporters had sued in the high court.",
        ),
    )
    assert first != second


def test_first_document_founds_a_story_with_the_id_made_from_its_article() -> None:
    (only,) = assigned(article(7, "Chipmaker moves its new node forward to 2028"))
    assert only == Assignment(
        article_id=7, story_id=1_000_007, similarity=1.0, copy_of=None, is_compared=True, founded=True
    )


def test_similarity_of_a_joining_document_is_between_zero_and_one() -> None:
    joined = assigned(
        article(1, "Pentagon gives Aperion Labs until March 20 to drop limits on military use"),
        article(2, "Aperion Labs has until March 20 to drop its limits, Pentagon says"),
    )[1]
    assert not joined.founded
    assert 0 < joined.similarity <= 1


@pytest.mark.parametrize(
    "publishers", [("Federal Register", "Federal Register"), ("Federal Register", "BIS")]
)
def test_entity_list_additions_of_two_weeks_stay_apart(publishers: tuple[str, str]) -> None:
    title, meaning = (
        "Additions of Entities to the Entity List",
        "additions entities entity list rule commerce",
    )
    first, second = stories(
        article(
            1,
            title,
            f"In this rule BIS adds 23 entities. {BLACKLIST}",
            publisher=publishers[0],
            about=meaning,
        ),
        article(
            2,
            title,
            "This final rule amends the EAR by adding 9 persons under the destinations of Iran, Turkey and "
            "the Emirates whose drones were found in Kherson, and by changing two entries of an earlier "
            "rule on Belarus.",
            publisher=publishers[1],
            about=meaning,
            days=9,
        ),
    )
    assert first != second


def test_titles_of_one_form_of_a_publisher_on_two_objects_are_two_stories() -> None:
    form = "Notice of Request for Public Comments on the National Security Investigation of Imports of"
    text = "In July the Secretary of Commerce began to look at them. Firms may send comments by 6 August."
    on_drones, on_silicon = f"{form} Unmanned Aircraft Systems", f"{form} Polysilicon and Its Derivatives"
    meaning = "notice comments investigation national security imports"
    first, second, other_publisher = stories(
        article(1, on_drones, text, publisher="Federal Register", about=meaning),
        article(2, on_silicon, text, publisher="Federal Register", about=meaning),
        article(3, on_drones, text, publisher="Post", about=meaning),
    )
    assert first != second
    assert first == other_publisher


def test_title_that_a_publisher_ends_in_other_words_of_its_own_text_is_the_same_event() -> None:
    text = "Regulators opened a sandbox for autonomous lorries on Monday; permits follow in the autumn."
    first, second = stories(
        article(1, "Regulators open sandbox for all autonomous lorries on Monday", text, publisher="Post"),
        article(2, "Regulators open sandbox for all autonomous lorries: now permits", text, publisher="Post"),
    )
    assert first == second


def test_bills_with_other_numbers_are_other_stories_though_all_else_is_alike() -> None:
    meaning = "state house passes companion chatbot bill age checks"
    first, second = stories(
        article(1, "House passes HB 438 on companion chatbots, sends it to governor", about=meaning),
        article(2, "House passes SB 1684 on companion chatbots, sends it to governor", about=meaning),
    )
    assert first != second


def test_a_daily_report_under_one_form_of_headline_is_a_story_a_day() -> None:
    first, second = stories(
        article(
            1, "Stock Market News for May 8, 2026", "Wall Street closed higher on Thursday.", publisher="Desk"
        ),
        article(
            2, "Stock Market News for May 9, 2026", "Wall Street closed higher on Friday.", publisher="Desk"
        ),
    )
    assert first != second


def test_numbers_that_outlets_count_differently_do_not_split_an_event() -> None:
    first, second = stories(
        article(1, "TikTok fined 530 million over transfers of user data to China"),
        article(2, "TikTok fined 600 million over transfers of user data to China"),
    )
    assert first == second


@pytest.mark.parametrize(("desk", "together"), [("Stock desk", False), ("", True)])
def test_texts_of_one_publisher_need_more_in_common_than_its_house_style(desk: str, together: bool) -> None:
    firms = ("Costco", "Dayforce", "Appian", "Mercado", "Zscaler", "Ollie", "Arista", "Allbirds")
    reports = [
        article(
            number,
            f"{firm} quarter",
            publisher=desk,
            about=f"earnings estimates surprise {firm} quarter {number}",
        )
        for number, firm in enumerate(firms)
    ]
    others = [
        article(100 + number, f"{topic} agreed", about=f"{topic} {topic} agreed")
        for number, topic in enumerate(
            "frigates quake vaccines football harvest opera tunnel satellites".split()
        )
    ]
    made = stories(*others, *reports)
    assert (made[-1] == made[-2]) is together


def test_syndicated_text_under_another_headline_is_a_copy() -> None:
    assert copies(
        article(1, "US adds 23 firms to Entity List over chips for China's military", BLACKLIST),
        article(
            2,
            "Washington blacklists 23 firms that bought supercomputer processors",
            f"(Meridian Wire) {BLACKLIST}",
        ),
    ) == [None, 1]


def test_text_cut_short_is_still_a_copy() -> None:
    title = "US adds 23 firms to Entity List over chips"
    assert copies(article(1, title, BLACKLIST), article(2, title, BLACKLIST[:150])) == [None, 1]


def test_text_with_other_figures_is_no_copy() -> None:
    title = "Weekly grants of export licences"
    assert copies(article(1, title, BLACKLIST), article(2, title, BLACKLIST.replace("23", "41"), days=7)) == [
        None,
        None,
    ]


def test_copy_of_a_copy_names_the_earliest() -> None:
    title = "US adds 23 firms to Entity List over chips"
    made = assigned(*(article(number, title, BLACKLIST, days=number / 10) for number in (1, 2, 3)))
    assert [assignment.copy_of for assignment in made] == [None, 1, 1]
    assert len({assignment.story_id for assignment in made}) == 1


def test_the_same_paywall_notice_makes_no_copies() -> None:
    notice = (
        "Our readers read next more from this author. Log in, or subscribe to Pro, to go on reading this "
        "article."
    )
    assert copies(
        article(1, "Berlin drafts bill to tax digital platforms", notice),
        article(2, "France wants levy on cheap fast fashion", notice),
    ) == [None, None]


def test_forms_of_one_register_are_no_copies_of_each_other() -> None:
    form = (
        "The Defense Acquisition Regulations System has submitted to OMB for clearance the following "
        "proposal for collection of information under the Paperwork Reduction Act."
    )
    assert copies(
        article(
            1, "Information Collection Requirement; Contract Financing", form, publisher="Federal Register"
        ),
        article(
            2, "Information Collection Requirement; Quality Assurance", form, publisher="Federal Register"
        ),
    ) == [None, None]


def test_headlines_without_text_are_copies_once_the_outlets_name_is_gone() -> None:
    assert copies(
        article(1, "3 Samoan weightlifters to miss Olympics over virus concerns"),
        article(2, "3 Samoan weightlifters to miss Olympics over virus concerns | Federal News Network"),
        article(3, "Samoan weightlifters stay home from Olympics"),
    ) == [None, 1, None]


def test_headline_without_text_that_returns_after_weeks_is_another_event() -> None:
    title = "Additions of Entities to the Entity List"
    first, second = assigned(article(1, title), article(2, title, days=14))
    assert second.copy_of is None
    assert first.story_id != second.story_id


def test_round_up_founds_its_own_story_and_nobody_joins_it() -> None:
    title = "Aperion wins injunction against Pentagon designation"
    news, roundup, later = stories(
        article(1, title),
        article(2, f"This week: {title}", is_roundup=True),
        article(3, f"{title}, judge says", days=0.5),
    )
    assert roundup != news
    assert later == news


def test_round_up_that_comes_first_glues_nothing() -> None:
    made = stories(
        article(1, "This week: Aperion injunction, Utah chatbot bill, Halden's new chief", is_roundup=True),
        article(2, "Aperion wins injunction against Pentagon designation"),
        article(3, "Utah chatbot bill clears Senate on last day"),
    )
    assert len(set(made)) == 3


def test_late_arrival_joins_the_story_of_its_own_time() -> None:
    title = "States meet in Geneva on autonomous weapons"
    made = stories(
        article(1, title, "Delegates spoke of a rolling text on Monday in Geneva."),
        article(2, f"{title} again", "A month on, delegates spoke of a mandate in Geneva.", days=25),
        article(3, f"{title}, and talk of a rolling text", "Delegates spoke in Geneva on Monday.", days=0.2),
    )
    assert made[2] == made[0] != made[1]


def test_same_words_two_months_apart_are_two_stories() -> None:
    title, text = "Chip firm's quarterly revenue beats estimates", "Revenue rose on demand from data centres."
    first, second = stories(article(1, title, text), article(2, title, text, days=60))
    assert first != second


def test_no_text_at_all_is_a_story_of_its_own() -> None:
    first, second = stories(article(1, "", about="nothing"), article(2, "0", about="else"))
    assert first != second


def synthetic_articles(seed: int, size: int) -> list[Document]:
    """Articles of a few events: repeated, some late, some copied, some round-ups."""
    rng = np.random.default_rng(seed)
    vocabulary = [
        f"{first}{second}ka" for first in "bdfglmnprst" for second in ("a", "e", "i", "o", "u", "aru", "olo")
    ]
    events = [rng.choice(vocabulary, 9, replace=False) for _ in range(max(2, size // 4))]
    made: list[Document] = []
    earlier: list[tuple[str, str]] = []
    for number in range(size):
        if earlier and rng.random() < 0.15:
            made.append(
                article(
                    number,
                    *earlier[int(rng.integers(len(earlier)))],
                    days=number / 5,
                    publisher=f"p{number % 5}",
                )
            )
            continue
        event = events[int(rng.integers(len(events)))]
        title = " ".join(rng.permutation([*event[:5], *rng.choice(vocabulary, 2)]))
        text = " ".join(rng.permutation([*event, *rng.choice(vocabulary, 12)])) if rng.random() < 0.7 else ""
        earlier.append((title, text))
        days = number / 5 - (6 if rng.random() < 0.1 else 0)
        made.append(
            article(
                number,
                title,
                text,
                days=days,
                publisher=f"p{number % 5}",
                is_roundup=bool(rng.random() < 0.05),
            )
        )
    return made


def columns(documents: Sequence[Document]) -> DocumentColumns:
    return DocumentColumns(
        article_ids=np.array([document.article_id for document in documents], np.int64),
        publishers=[document.publisher for document in documents],
        title_openings=[document.title_opening for document in documents],
        days=np.array([document.day for document in documents]),
        vectors=np.array([document.vector for document in documents], np.float32).reshape(-1, DIMENSION),
        is_roundup=np.array([document.is_roundup for document in documents], np.bool_),
        terms={
            name: term_matrix([getattr(document.terms, name) for document in documents])
            for name in TERM_FIELDS
        },
    )


def final_stories(assignments: Sequence[Assignment]) -> list[int]:
    """The story of each article after all merges."""
    successor = {story: made.story_id for made in assignments for story in made.merged}
    final = []
    for made in assignments:
        story = made.story_id
        while story in successor:
            story = successor[story]
        final.append(story)
    return final


def restarted(documents: Sequence[Document], known: Sequence[Assignment]) -> StoryIndex:
    index = new_index()
    founders = [made.story_id for made in known if made.founded]
    index.restore(
        columns(documents),
        final_stories(known),
        [made.copy_of for made in known],
        [made.is_compared for made in known],
        ages={story: age for age, story in enumerate(founders)},
        founded=len(founders),
        counted=len(documents),
    )
    return index


def test_synthetic_articles_have_joins_foundations_and_copies() -> None:
    made = assigned(*synthetic_articles(1, 60))
    kinds = {(assignment.founded, assignment.copy_of is not None) for assignment in made}
    assert kinds == {(True, False), (False, False), (False, True)}


@pytest.mark.slow
def test_restart_at_any_point_changes_nothing() -> None:
    documents = synthetic_articles(2, 45)
    undisturbed = new_index().assign_all(documents)
    for split in range(len(documents) + 1):
        index = restarted(documents[:split], undisturbed[:split])
        assert index.assign_all(documents[split:]) == undisturbed[split:]


def test_restart_needs_only_the_window_and_the_latest_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity, "RECENT_DOCUMENTS", 40)
    documents = synthetic_articles(5, 260)  # 52 days
    undisturbed = new_index().assign_all(documents)
    founders = [made.story_id for made in undisturbed if made.founded]
    for split in (170, 200, 259):
        since = min(document.day for document in documents[split:]) - PARAMETERS.window_days
        needed = [row for row in range(split) if documents[row].day >= since or row >= split - 40]
        assert len(needed) < split
        stories_then, index = final_stories(undisturbed[:split]), new_index()
        index.restore(
            columns([documents[row] for row in needed]),
            [stories_then[row] for row in needed],
            [undisturbed[row].copy_of for row in needed],
            [undisturbed[row].is_compared for row in needed],
            ages={story: age for age, story in enumerate(founders)},
            founded=sum(made.founded for made in undisturbed[:split]),
            counted=40,
        )
        assert index.assign_all(documents[split:]) == undisturbed[split:]


def test_article_that_fits_two_stories_which_are_one_merges_them_into_the_older() -> None:
    monday, tuesday, both = (
        article(1, "Aperion sues Pentagon", about="aperion lawsuit pentagon designation alpha beta"),
        article(2, "Lawsuit filed by lab", about="court filing lab lawsuit gamma delta", days=0.1),
        article(
            3,
            "Aperion lawsuit against Pentagon filed by lab",
            about="aperion lawsuit pentagon designation court filing lab",
            days=0.2,
        ),
    )
    made = StoryIndex(
        new_story_id=lambda id_: 1_000_000 + id_,
        parameters=replace(PARAMETERS, join_score=0.3, merge_score=0.0),
    ).assign_all([monday, tuesday, both])
    assert [one.story_id for one in made[:2]] == [1_000_001, 1_000_002]
    assert (made[2].story_id, made[2].merged) == (1_000_001, (1_000_002,))
    ruled = StoryIndex(
        new_story_id=lambda id_: 1_000_000 + id_,
        parameters=replace(PARAMETERS, join_score=0.3, merge_score=0.0),
        constraints=Constraints(cannot_link=[(1, 2)]),
    ).assign_all([monday, tuesday, both])
    assert ruled[2].merged == ()


def test_articles_ruled_together_or_apart_are_so_whatever_they_say() -> None:
    title = "Pentagon gives Aperion Labs until March 20 to drop limits"
    documents = [article(1, title), article(2, title), article(3, "Village fair draws visitors")]
    index = StoryIndex(
        new_story_id=lambda id_: id_, constraints=Constraints(must_link=[(3, 1)], cannot_link=[(1, 2)])
    )
    made = index.assign_all(documents)
    assert [one.story_id for one in made] == [1, 2, 1]
    assert [one.copy_of for one in made] == [None, None, None]


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 2, 7, 299, 300])
def test_batch_size_changes_nothing(size: int) -> None:
    documents = synthetic_articles(3, 300)
    index = new_index()
    in_batches = [
        assignment
        for start in range(0, len(documents), size)
        for assignment in index.assign_all(documents[start : start + size])
    ]
    assert in_batches == new_index().assign_all(documents)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(0, 40), data=st.data())
def test_every_document_gets_exactly_one_story_whatever_the_interruptions(
    seed: int, size: int, data: st.DataObject
) -> None:
    documents = synthetic_articles(seed, size)
    undisturbed = new_index().assign_all(documents)
    assert [assignment.article_id for assignment in undisturbed] == [
        document.article_id for document in documents
    ]
    founders = {a.story_id: a.article_id for a in undisturbed if a.founded}
    story_of = dict(zip((a.article_id for a in undisturbed), final_stories(undisturbed), strict=True))
    for assignment in undisturbed:
        assert founders[assignment.story_id] <= assignment.article_id
        assert assignment.copy_of is None or story_of[assignment.copy_of] == story_of[assignment.article_id]
    split = data.draw(st.integers(0, size))
    rest = restarted(documents[:split], undisturbed[:split])
    assert [rest.assign(document) for document in documents[split:]] == undisturbed[split:]


def test_words_fold_case_accents_and_endings() -> None:
    assert words("Éléments' Zelensky\u2019s tariffs, TARIFF; 2,500 chips") == [
        "element",
        "zelensky",
        "tariff",
        "tariff",
        "2,500",
        "chip",
    ]


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        (
            "Judge blocks Pentagon from blacklisting Aperion | WTOP",
            "Judge blocks Pentagon from blacklisting Aperion",
        ),
        ("Judge blocks Pentagon from blacklisting - The Times", "Judge blocks Pentagon from blacklisting"),
        ("Judge blocks Pentagon (Meridian Wire)", "Judge blocks Pentagon (Meridian Wire)"),
        ("Two men charged with sending servers (Meridian Wire)", "Two men charged with sending servers"),
        ("Repeal of a clause (DFARS Case 2017-D049)", "Repeal of a clause (DFARS Case 2017-D049)"),
    ],
)
def test_outlets_name_is_stripped_unless_little_remains(title: str, bare: str) -> None:
    assert strip_outlet(title) == bare


def test_years_and_covid_19_are_no_numbers_that_tell_headlines_apart() -> None:
    terms = read_terms("Tokyo 2020: 3 athletes catch Covid-19, 2,500 tested", "")
    assert terms.headline_numbers.tolist() == term_ids({"3", "2,500"}).tolist()


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("Utah: HB 438 clears Senate", {"HB438"}),
        ("S. 4127 would void state laws", {"S4127"}),
        ("CVE-2026-21992 exploited", {"CVE-2026-21992"}),
        ("Tariff clause (DFARS Case 2017-D049)", {"2017-D049"}),
        ("EU 2030 target and Covid-19", set()),
    ],
)
def test_codes_name_bills_cases_and_flaws(title: str, codes: set[str]) -> None:
    assert read_terms(title, "").codes.tolist() == term_ids(codes).tolist()
