"""Decodes the encodings of seven bits in which shifts say what the bytes after them mean: ISO-2022 and HZ.

Python's decoders lose the step at a bad byte among two-byte characters and garble the rest of the line. Here
each run between shifts is read by itself, so that a bad byte costs one character, and a bad shift its run.
"""

from __future__ import annotations

import re

_ASCII, _KATAKANA, _SUPPLEMENT, _UNKNOWN = "", "katakana", "jisx0212", "unknown"
_SHIFTS = {
    "iso2022_jp": re.compile(rb"\x1b(?:\$\(?|\()[@-Z]|\x1b[^\n][BJ@]|\n"),
    "iso2022_kr": re.compile(rb"\x1b\$\)[@-Z]|[\x0e\x0f\n]"),
    "iso2022_cn": re.compile(rb"\x1b\$\)[@-Z]|[\x0e\x0f\n]"),
    "hz": re.compile(rb"~[{}~\n]|\n"),
}
# The encoding that has the characters of the run after a shift, with their high bits set.
_JAPANESE = {
    b"\x1b$@": "euc_jp", b"\x1b$B": "euc_jp", b"\x1b$(@": "euc_jp", b"\x1b$(B": "euc_jp",
    b"\x1b$(D": _SUPPLEMENT, b"\x1b$A": "gb18030", b"\x1b$(C": "cp949", b"\x1b$(O": "euc_jisx0213",
    b"\x1b$(Q": "euc_jis_2004", b"\x1b(B": _ASCII, b"\x1b(J": _ASCII, b"\x1b(I": _KATAKANA,
}  # fmt: skip
_AFTER_SO = {"iso2022_kr": "cp949", "iso2022_cn": "gb18030", "hz": "gb18030"}
_GRAPHIC = re.compile(rb"[!-~]*")
_HZ_RUN = re.compile(rb"~\{(?:[!-w][!-~])+~\}")
_LOST_SHIFT = re.compile(rb"[^\n]?\$[@B]")
_LOST_RETURN = re.compile(rb"[^!-~](?:\([BJ]|~?\})")


def shifted_codec(label: str) -> str:
    """Returns the encoding of shifts that a label names, or an empty string."""
    name = label.lower().replace("-", "_").removeprefix("cs").replace("iso_2022", "iso2022")
    return "hz" if name.startswith("hz") else next((kind for kind in _SHIFTS if name.startswith(kind)), "")


def shifts_in(body: bytes, language: str) -> str:
    """Returns the encoding of shifts that a body of seven bits is in whatever its label says, or "".

    No other text has the sequences of ISO-2022; those of HZ could be signs in a text that is not Chinese.
    """
    if b"\x1b$B" in body or b"\x1b$@" in body:
        return "iso2022_jp"
    if b"\x0e" in body and b"\x1b$)" in body:
        return "iso2022_kr" if b"\x1b$)C" in body else "iso2022_cn"
    return "hz" if language.startswith("zh") and _HZ_RUN.search(body) else ""


def decode_shifted(body: bytes, kind: str) -> str:
    """Returns the text, with U+FFFD for each character that cannot be read."""
    pieces: list[str] = []
    table = lapsed = _ASCII
    wide = _AFTER_SO.get(kind, "euc_jp")
    at = 0
    for found in _SHIFTS[kind].finditer(body):
        shift, run, at = found[0], body[at : found.start()], found.end()
        if shift == b"\n":  # ends every shift
            pieces += _decoded_to_end(run, table), "\n"
            table, lapsed = _ASCII, table
            continue
        if shift in (b"~~", b"~\n"):
            pieces += _decoded(run, table), "~" * (shift == b"~~")
            continue
        following = _following(shift, table, wide)
        if shift.startswith(b"\x1b$)"):
            if kind == "iso2022_cn":
                wide = "gb18030" if shift[-1:] == b"A" else _UNKNOWN
            following = table
        elif table == following == _ASCII:  # a return without a shift: it was damaged
            pieces.append(_without_shift(run, kind, lapsed))
            lapsed = _ASCII
            continue
        pieces.append(_decoded(run, table))
        table, lapsed = following, _ASCII
    pieces.append(_decoded_to_end(body[at:], table))
    return "".join(pieces)


def _following(shift: bytes, table: str, wide: str) -> str:
    """Returns the table after a shift."""
    if shift in (b"\x0e", b"~{"):
        return wide
    if shift in (b"\x0f", b"~}"):
        return _ASCII
    if shift in _JAPANESE:
        return _JAPANESE[shift]
    if shift[1:2] == b"$" or (shift[1:2] != b"(" and table == _ASCII):
        return wide
    return _ASCII


def _without_shift(run: bytes, kind: str, lapsed: str) -> str:
    """Returns the text of a run that ends with a return to ASCII, though nothing shifted out of it."""
    if lapsed:
        return _decoded(run, lapsed)
    lost = list(_LOST_SHIFT.finditer(run)) if kind == "iso2022_jp" else []
    if lost:
        return _decoded(run[: lost[-1].start()], _ASCII) + _decoded(run[lost[-1].end() :], "euc_jp")
    text = _decoded(run, _ASCII)
    return text if kind == "iso2022_jp" else text + "\ufffd"


def _decoded_to_end(run: bytes, table: str) -> str:
    """Returns the text of a run that ends with its line: if a tag closes in it, the return was damaged."""
    if table == _ASCII or b"</" not in run:
        return _decoded(run, table)
    wide, _, markup = run.partition(b"</")
    return _decoded(wide[:-1], table) + "\ufffd</" + _decoded(markup, _ASCII)


def _decoded(run: bytes, table: str) -> str:
    if table == _ASCII:
        return run.decode("ascii", "replace").replace("\x1b", "\ufffd")
    if table == _KATAKANA:
        return b"".join(b"\x8e" + bytes((byte | 0x80,)) for byte in run).decode("euc_jp", "replace")
    if lost := _LOST_RETURN.search(run):
        return _decoded(run[: lost.start()], table) + "\ufffd" + _decoded(run[lost.end() :], _ASCII)
    return min(_in_steps(run, table), _without_strangers(run, table), key=_damage)


def _damage(text: str) -> int:
    return text.count("\ufffd")


def _in_steps(run: bytes, table: str) -> str:
    """Returns the text of a run in which bytes were changed: each pair is a character or U+FFFD."""
    if table not in (_SUPPLEMENT, _UNKNOWN) and len(run) % 2 == 0 and _GRAPHIC.fullmatch(run):
        try:
            return bytes(byte | 0x80 for byte in run).decode(table)
        except UnicodeDecodeError:
            pass
    return "".join(_pair(run[at : at + 2], table) for at in range(0, len(run), 2))


def _without_strangers(run: bytes, table: str) -> str:
    """Returns the text of a run in which bytes were inserted: those that are half of no character."""
    parts = re.split(rb"([^!-~]+)", run)
    return "".join(
        _in_steps(part, table) if number % 2 == 0 else part.decode("ascii", "replace")
        for number, part in enumerate(parts)
    )


def _pair(pair: bytes, table: str) -> str:
    if len(pair) < 2 or not all(0x21 <= byte <= 0x7E for byte in pair) or table == _UNKNOWN:
        return "\ufffd"
    high = bytes(byte | 0x80 for byte in pair)
    if table == _SUPPLEMENT:
        return (b"\x8f" + high).decode("euc_jp", "replace")[:1]
    if table == "euc_jp":
        return high.decode("euc_jp", "multibyte")[:1]
    return high.decode(table, "replace")[:1]
