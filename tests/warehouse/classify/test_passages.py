"""The passages of a text that are classified beside its lead."""

from __future__ import annotations

from warehouse.classify.passages import MOST_PASSAGES, PASSAGE_CHARS, passages_of


def test_no_text_has_no_passages() -> None:
    assert passages_of("") == ()


def test_passages_are_whole_sentences_from_the_beginning() -> None:
    sentences = [f"Sentence number {number} says something about a matter of weight." for number in range(90)]
    passages = passages_of("\n".join(sentences))
    assert len(passages) == MOST_PASSAGES
    assert all(PASSAGE_CHARS - 80 < len(passage) <= PASSAGE_CHARS for passage in passages)
    assert " ".join(sentences).startswith(" ".join(passages))


def test_short_text_is_one_passage_and_a_line_without_end_is_left_out() -> None:
    assert passages_of("One line.\nAnother.") == ("One line. Another.",)
    assert passages_of("word " * 500) == ()
