"""Cuts the beginning of an article's text into the passages that are classified beside its lead. Pure."""

from __future__ import annotations

from warehouse.extract.sentences import sentences_of

# Measured in docs/decisions/0054: what stands further down seldom says what an article is about.
MOST_PASSAGES = 3
PASSAGE_CHARS = 600
# All that is ever cut into passages: longer sentences are dropped, and a passage never ends within one.
READ_CHARS = 4_000


def passages_of(text: str) -> tuple[str, ...]:
    """Returns up to `MOST_PASSAGES` passages of whole sentences, `PASSAGE_CHARS` long at most."""
    passages = [""]
    for sentence in sentences_of(text[:READ_CHARS]):
        if len(sentence) > PASSAGE_CHARS:
            continue
        if passages[-1] and len(passages[-1]) + 1 + len(sentence) > PASSAGE_CHARS:
            passages.append("")
        passages[-1] = f"{passages[-1]} {sentence}".lstrip()
        if len(passages) > MOST_PASSAGES:
            break
    return tuple(passage for passage in passages[:MOST_PASSAGES] if passage)
