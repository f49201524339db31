"""Typed dates: what closes, starts, is voted on or lapses on which day, and what is no such date."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.extract.due_dates import find_dates

SEEN = date(2026, 6, 10)

GIVEN = [
    ("Comments must be received by August 14, 2026.", "comment_closes", "2026-08-14"),
    ("Written comments are due on or before 3 September 2026.", "comment_closes", "2026-09-03"),
    ("The comment period closes on July 1, 2026.", "comment_closes", "2026-07-01"),
    ("The consultation runs until 30 September 2026.", "comment_closes", "2026-09-30"),
    ("The deadline for comments is October 2, 2026.", "comment_closes", "2026-10-02"),
    ("BIS reopens the comment period through April 22, 2027.", "comment_closes", "2027-04-22"),
    ("Ofcom's call for evidence closes on 17 July 2026.", "comment_closes", "2026-07-17"),
    ("The public consultation ends on Friday, 12 June 2026.", "comment_closes", "2026-06-12"),
    ("This rule is effective July 15, 2026.", "takes_effect", "2026-07-15"),
    ("The rule takes effect on January 1, 2027.", "takes_effect", "2027-01-01"),
    ("The AI Act entered into force on 1 August 2024.", "takes_effect", "2024-08-01"),
    ("The convention will enter into force on 1 November 2026.", "takes_effect", "2026-11-01"),
    ("Vietnam's law comes into force from March 1, 2026.", "takes_effect", "2026-03-01"),
    ("On August 2, 2026, the transparency rules take effect.", "takes_effect", "2026-08-02"),
    ("The ban goes into effect on 2026-09-15.", "takes_effect", "2026-09-15"),
    ("The effective date of the rule is December 31, 2026.", "takes_effect", "2026-12-31"),
    ("The law takes effect July 1.", "takes_effect", "2026-07-01"),
    ("High-risk obligations apply from 2 December 2027.", "applies_from", "2027-12-02"),
    ("The regulation shall apply from 2 August 2026.", "applies_from", "2026-08-02"),
    ("The compliance date is January 1, 2028.", "applies_from", "2028-01-01"),
    ("Providers must comply by August 2, 2027.", "applies_from", "2027-08-02"),
    ("The licence requirement will apply starting October 1, 2026.", "applies_from", "2026-10-01"),
    ("The Senate will vote on the bill on June 24, 2026.", "vote", "2026-06-24"),
    ("A plenary vote is scheduled for 7 July 2026.", "vote", "2026-07-07"),
    ("The committee's vote is expected on 9 September 2026.", "vote", "2026-09-09"),
    ("A floor vote is set for June 18.", "vote", "2026-06-18"),
    ("The subcommittee will hold a hearing on June 17, 2026.", "hearing", "2026-06-17"),
    ("The USPTO is announcing a public listening session on May 8, 2027.", "hearing", "2027-05-08"),
    ("Oral arguments are scheduled for 5 October 2026.", "hearing", "2026-10-05"),
    ("A preliminary injunction hearing is set for June 30.", "hearing", "2026-06-30"),
    ("The report is due on March 31, 2027.", "report_due", "2027-03-31"),
    (
        "Agencies must submit AI strategies to OMB no later than September 30, 2026.",
        "report_due",
        "2026-09-30",
    ),
    ("The Secretary shall publish guidance by December 1, 2026.", "report_due", "2026-12-01"),
    ("Recommendations are due by 15 November 2026.", "report_due", "2026-11-15"),
    ("The temporary general licence expires on November 10, 2026.", "expires", "2026-11-10"),
    ("The truce lapses on 10 November 2026.", "expires", "2026-11-10"),
    ("The authorisation is valid until 31 December 2026.", "expires", "2026-12-31"),
    ("The moratorium sunsets on January 1, 2030.", "expires", "2030-01-01"),
]
NOT_GIVEN = [
    "The company was founded on March 3, 2021.",
    "The rule published by BIS on February 10, 2022 asked for comments.",
    "He was sworn in on January 20, 2025, after a long campaign.",
    "Prices of $2 per million input tokens hold through August 31.",
    "Members can apply for access after September 7, 2026.",
    "The plan, as directed by an executive order on January 23, 2025, defines policy.",
    "The summit takes place in Geneva on 7 July 2026.",
    "Voters went to the polls on 4 November 2025.",
    "Comment: why AI needs rules. Published May 4, 2026.",
    "The model, released on 5 August 2025, is effective at coding.",
    "The hearing aid costs 300 dollars.",
    "It did not appear at hearings, but, in a submission on 28 February, rejected what was put by them.",
    "The directive was published on 16 April 2025 and entered into force the following day.",
    "Anthropic reported the attack on November 13, 2025.",
    "In May 2026 the Commission met.",
    "The bill passed by 99 votes to 1.",
    "The order took effect on Feb. 30, 2026.",
]


@pytest.mark.parametrize(("sentence", "kind", "day"), GIVEN)
def test_date_is_found_with_its_kind_and_sentence(sentence: str, kind: str, day: str) -> None:
    found = find_dates(f"An opening sentence. {sentence} Another one follows.", SEEN)
    assert [(one.kind, one.due_on.isoformat(), one.evidence) for one in found] == [(kind, day, sentence)]


@pytest.mark.parametrize("sentence", NOT_GIVEN)
def test_date_of_something_else_is_left_alone(sentence: str) -> None:
    assert find_dates(sentence, SEEN) == []


def test_day_without_a_year_is_unknown_where_the_article_has_no_date() -> None:
    assert find_dates("Applications are open; comments close on 15 March.", None) == []


def test_day_without_a_year_is_the_next_one_and_says_that_the_year_was_inferred() -> None:
    (found,) = find_dates("Comments close on 15 March.", date(2025, 12, 1))
    assert (found.due_on, found.year_inferred) == (date(2026, 3, 15), True)


def test_day_just_past_is_not_moved_to_next_year() -> None:
    assert find_dates("The ban will take effect on May 30.", date(2026, 6, 1)) == []


def test_two_dates_of_one_sentence_each_get_their_own_kind() -> None:
    found = find_dates("The rule takes effect on July 1, 2026 and expires on June 30, 2028.", SEEN)
    assert [(one.kind, one.due_on) for one in found] == [
        ("takes_effect", date(2026, 7, 1)),
        ("expires", date(2028, 6, 30)),
    ]


RELATIVE = [  # SEEN is a Wednesday
    ("The Senate will vote on the bill on Thursday.", "vote", "2026-06-11"),
    ("The committee is set to hold a hearing next Friday.", "hearing", "2026-06-19"),
    ("A hearing is scheduled for next Tuesday, and a hearing next week.", "hearing", "2026-06-16"),
    ("Comments are due by Wednesday.", "comment_closes", "2026-06-17"),
    ("The ruling clears the way for the law to go into effect on Saturday.", "takes_effect", "2026-06-13"),
    ("The ban will take effect tomorrow.", "takes_effect", "2026-06-11"),
    ("The general licence expires at the end of the month.", "expires", "2026-06-30"),
    ("The rule is expected to take effect by the end of the year.", "takes_effect", "2026-12-31"),
]
NO_DAY = [
    "A federal judge denied a motion during a hearing on Thursday, a docket entry shows.",
    "The agency held a public hearing on Wednesday.",
    "We will win, he wrote soon after the panel concluded its third public impeachment hearings on Tuesday.",
    "The White House said on Monday that it will vote no.",
    "The Senate will vote next month.",
    "The hearing is expected later this week.",
    "Counting of votes was slow on Friday.",
    "Friday's vote will be close.",
]


@pytest.mark.parametrize(("sentence", "kind", "day"), RELATIVE)
def test_day_named_by_the_article_s_own_is_inferred(sentence: str, kind: str, day: str) -> None:
    (found,) = find_dates(sentence, SEEN)
    assert (found.kind, found.due_on.isoformat(), found.year_inferred) == (kind, day, True)
    assert find_dates(sentence, None) == []


@pytest.mark.parametrize("sentence", NO_DAY)
def test_day_that_is_past_or_a_span_is_no_date(sentence: str) -> None:
    assert find_dates(sentence, SEEN) == []


def test_day_of_the_week_beside_its_date_is_the_date() -> None:
    (found,) = find_dates("The Senate will vote on Thursday, June 18.", SEEN)
    assert found.due_on == date(2026, 6, 18)


@given(st.text(max_size=300), st.dates())
def test_no_text_makes_it_fail(text: str, published: date) -> None:
    for found in find_dates(f"{text} comments close on 1 May {text}", published):
        assert not found.year_inferred or found.due_on - published <= timedelta(days=300)
