"""What was read from a text is marked where it stands in it; two versions differ by sentences."""

from __future__ import annotations

from collections.abc import Iterator

from warehouse.extract.text_changes import TextChange, text_changes
from warehouse.extract.text_marks import (
    Mark,
    MarkKind,
    mark_entities,
    mark_instruments,
    mark_sentence,
    mark_terms,
)


def passages(text: str, marks: Iterator[Mark]) -> list[tuple[str, str]]:
    return [(text[one.start : one.end], one.label) for one in marks]


def test_every_name_of_an_entity_is_marked_the_longest_at_a_place() -> None:
    text = "Huawei and the Bureau of Industry and Security (BIS); no Huaweis."
    names = {"bis": "Bureau of Industry and Security", "huawei": "Huawei"}
    assert passages(text, mark_entities(text, names)) == [
        ("Huawei", "Huawei"),
        ("Bureau of Industry and Security", "Bureau of Industry and Security"),
        ("BIS", "Bureau of Industry and Security"),
    ]
    assert passages(text, mark_entities(text, {})) == []


def test_instruments_are_marked_as_they_are_written() -> None:
    text = "A rule (15 CFR Part 744) and another."
    assert passages(text, mark_instruments(text, ["15 CFR 744"])) == [("15 CFR Part 744", "15 CFR 744")]
    assert passages(text, mark_instruments(text, ["15 CFR 734"])) == []


def test_terms_of_an_act_are_marked_with_any_ending_and_signs_between() -> None:
    text = "It imposed a final, rule; the FINAL rules."
    assert passages(text, mark_terms(text, ["rule", "impos*", "final rule*"], "order")) == [
        ("imposed", "order"),
        ("final, rule", "order"),
        ("FINAL rules", "order"),
    ]


def test_sentence_is_found_over_line_ends() -> None:
    text = "First.\nComments are\n due (soon). Last."
    found = passages(text, mark_sentence(text, "Comments are due (soon).", MarkKind.DATE, "comment"))
    assert found == [("Comments are\n due (soon).", "comment")]
    assert passages(text, mark_sentence(text, "Not there.", MarkKind.DATE, "")) == []
    assert passages(text, mark_sentence(text, "", MarkKind.DATE, "")) == []


def test_changes_are_the_sentences_that_differ() -> None:
    before = "It was signed. It takes effect in May. The end."
    after = "It was signed.\nIt takes effect in June. The end. A note was added."
    assert text_changes(before, after) == [
        TextChange(before=("It takes effect in May.",), after=("It takes effect in June.",)),
        TextChange(before=(), after=("A note was added.",)),
    ]
    assert text_changes(before, before.replace(" It", "\nIt")) == []
