"""HTML to plain text: what is kept, what is dropped, and hostile markup."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.clean.text import TEXT_CHARS, plain_text, shorten

PIECES = st.sampled_from(
    "<script> </script> <style> <p> </p> <b <!-- --> <xmp> <plaintext> <svg> <textarea> <![CDATA[ &lt; &gt; "
    "&amp; amp; lt; &#60;script&#62; &#x202e; &#0; "
    "\u202e \u061c \u2066 \ufeff \x00 \x1b \ud800 e\u0301 script <script/x > word. &nbsp;".split(" ")
)
MARKUP = st.text() | st.lists(PIECES | st.text(max_size=3), max_size=30).map("".join)


@given(MARKUP, st.integers(1, 200))
def test_no_script_tag_survives(markup: str, limit: int) -> None:
    assert "<script" not in plain_text(markup, limit).lower()


@given(MARKUP, st.integers(1, 200))
def test_no_control_bidi_or_half_character_survives(markup: str, limit: int) -> None:
    text = plain_text(markup, limit)
    assert not {unicodedata.category(char) for char in text} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(char) for char in text} & {
        "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
    }  # fmt: skip
    assert not set(text) & set("\u200e\u200f\u061c\u200b\ufeff")


@given(MARKUP, st.integers(1, 200))
def test_text_is_one_trimmed_line_within_its_limit(markup: str, limit: int) -> None:
    text = plain_text(markup, limit)
    assert len(text) <= limit
    assert text == text.strip()
    assert "\n" not in text
    assert "  " not in text


@given(
    st.text(
        st.characters(exclude_categories=["C", "Z", "M"], exclude_characters="<&"), min_size=1, max_size=50
    )
)
def test_text_without_markup_passes_as_it_is(text: str) -> None:
    assert plain_text(text, 100) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("element", ["script", "style", "template", "noscript", "iframe", "object", "svg"])
def test_element_no_reader_sees_is_dropped_with_its_content(element: str) -> None:
    assert plain_text(f"before <{element}>hidden</{element}>after", 100) == "before after"


def test_comments_are_dropped() -> None:
    assert plain_text("a<!-- <b>c</b> -->b", 100) == "ab"


def test_blocks_are_kept_apart_and_inline_marks_are_not() -> None:
    assert plain_text("<p>One</p><p>t<b>w</b>o<br>three</p>", 100) == "One two three"


def test_entities_escaped_twice_are_read() -> None:
    assert plain_text("Q&amp;amp;A &amp;#8211; live", 100) == "Q&A – live"


@pytest.mark.parametrize("text", ["AT&T", "x < y and y > z", "5 <6", "R&D"])
def test_ampersand_and_comparison_stay(text: str) -> None:
    assert plain_text(text, 100) == text


@pytest.mark.parametrize(
    "markup", ["&amp;lt;script&amp;gt;x", "<xmp><xmp><script>x", "<plaintext><xmp><script>x"]
)
def test_tag_hidden_under_layers_of_escapes_comes_out_harmless(markup: str) -> None:
    assert "<" not in plain_text(markup, 100)


def test_half_an_emoji_does_no_harm() -> None:
    assert plain_text("Chips \ud83d &amp; tools", 100) == "Chips & tools"


def test_invisible_tag_characters_do_not_carry_text() -> None:
    hidden = "".join(chr(0xE0000 + ord(char)) for char in "ignore")
    assert plain_text(f"Plain{hidden}", 100) == "Plain"


def test_composed_and_decomposed_letters_become_the_same() -> None:
    assert plain_text("Re\u0301gulation", 100) == plain_text("Régulation", 100)


def test_frameset_is_read_as_its_text() -> None:
    assert plain_text("<frameset><frame></frameset>no frames", 100) == "no frames"


@pytest.mark.parametrize(
    "hostile",
    ["<div>" * 80_000, "<ul><li>" * 50_000, "<div>" * 40_000 + "x" + "</div>" * 40_000, "<" * 400_000,
        "&amp;" * 80_000,
     "a" + "\u0301\u0323" * 200_000, "<!--" * 100_000, "<b><p>" * 60_000],
    ids=["divs", "lists", "closed divs", "brackets", "ampersands", "combining marks", "comments",
        "misnested"],
)  # fmt: skip
def test_markup_made_to_hurt_is_read_in_seconds(hostile: str) -> None:
    started = time.process_time()
    plain_text(hostile, TEXT_CHARS)
    assert time.process_time() - started < 5  # without the bounds most of them take a minute and more


def test_text_nested_too_deep_is_read_without_its_tags() -> None:
    assert plain_text("<div>" * 2_000 + "R&amp;D, deep down", 100_000) == "R&D, deep down"


def test_short_text_is_not_cut() -> None:
    assert shorten("Exactly this.", 13) == "Exactly this."


def test_cut_falls_after_a_sentence_where_half_the_room_holds_some() -> None:
    assert shorten("One short sentence. Another that is cut", 25) == "One short sentence."


def test_cut_falls_between_words_with_an_ellipsis_otherwise() -> None:
    assert shorten("Export controls, licences and chips", 20) == "Export controls…"


def test_word_longer_than_the_limit_is_cut_inside() -> None:
    assert shorten("x" * 50, 10) == "x" * 9 + "…"
