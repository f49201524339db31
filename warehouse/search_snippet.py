"""Chooses the part of a text that answers best and marks the words that were looked for. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

MARK = "**"
_WINDOW_WORDS = 40


def mark(content: str, words: Sequence[str], terms: Sequence[str], wanted: Collection[str]) -> str:
    """The text with every word whose term is wanted between two MARKs; `words` and `terms` are those of the text, in order."""
    return _marked(content, _spans(content, words), [term in wanted for term in terms], 0, len(words))


def snippet(content: str, words: Sequence[str], terms: Sequence[str], wanted: Collection[str]) -> str:
    """At most forty words of the text, where most different wanted terms are close, marked; its start if there are none."""
    first = best_window(terms, wanted)
    return _marked(
        content,
        _spans(content, words),
        [term in wanted for term in terms],
        first,
        min(len(words), first + _WINDOW_WORDS),
    )


def best_window(terms: Sequence[str], wanted: Collection[str]) -> int:
    """Where to begin so that the window has most different wanted terms, the earliest of such places."""
    places = [place for place, term in enumerate(terms) if term in wanted]
    best, most = 0, len({term for term in terms[:_WINDOW_WORDS] if term in wanted})
    for place in places:
        start = max(0, min(place - 5, len(terms) - _WINDOW_WORDS))
        many = len({terms[one] for one in places if start <= one < start + _WINDOW_WORDS})
        if many > most:
            best, most = start, many
    return best


def _spans(content: str, words: Sequence[str]) -> list[tuple[int, int]]:
    spans, end = [], 0
    for word in words:
        start = content.find(word, end)
        end = start + len(word)
        spans.append((start, end))
    return spans


def _marked(content: str, spans: list[tuple[int, int]], hit: list[bool], first: int, last: int) -> str:
    if not spans:
        return " ".join(content.split())
    begin = 0 if first == 0 else spans[first][0]
    stop = len(content) if last == len(spans) else spans[last - 1][1]
    pieces, done = [], begin
    for (start, end), is_hit in zip(spans[first:last], hit[first:last], strict=True):
        if is_hit:
            pieces += [content[done:start], MARK, content[start:end], MARK]
            done = end
    text = " ".join("".join([*pieces, content[done:stop]]).split())
    return f"{'… ' if first else ''}{text}{' …' if last < len(spans) else ''}"
