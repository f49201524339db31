"""Decodes the bytes of an XML feed by what they are, where the label is read as browsers read it (WHATWG).

A label is evidence, not proof: valid UTF-8 of several bytes a character is UTF-8 under a single-byte label
too, and a byte that does not fit costs one character, never the reading of the rest.
"""

from __future__ import annotations

import codecs
import re

from sources.feeds.shifted_encodings import decode_shifted, shifted_codec, shifts_in

# Browsers read a label as the encoding that the web's documents under it have (encoding.spec.whatwg.org).
_MEANINGS = {
    "ascii": "cp1252", "us-ascii": "cp1252", "ansi_x3.4-1968": "cp1252", "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "l1": "cp1252", "iso-8859-9": "cp1254",
    "iso8859-9": "cp1254", "latin5": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874",
    "windows-874": "cp874",
    "dos-874": "cp874", "iso-8859-8-i": "iso-8859-8", "shift_jis": "cp932", "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932", "ms_kanji": "cp932", "csshiftjis": "cp932", "windows-31j": "cp932", "euc-kr": "cp949",
    "euckr": "cp949", "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "korean": "cp949", "windows-949": "cp949", "gb2312": "gb18030", "gb_2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030", "chinese": "gb18030", "windows-936": "gb18030",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "x-x-big5": "big5hkscs", "cn-big5": "big5hkscs",
    "csbig5": "big5hkscs", "x-euc-jp": "euc_jp",
    "x-mac-cyrillic": "mac-cyrillic",
    "macintosh": "mac-roman", "x-mac-roman": "mac-roman", "x-cp1250": "cp1250", "x-cp1251": "cp1251",
    "x-cp1252": "cp1252", "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8", "x-unicode20utf8": "utf-8",
}  # fmt: skip
# Python's decoders that are never a feed's encoding: of domain names (in quadratic time), and of escapes.
_NEVER = frozenset(
    ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7", "mbcs", "oem")
)
_MULTI_BYTE = re.compile(r"cp9(?:32|49|50)|gb|hz|big5|euc|shift|iso2022|johab")
_WIDE = re.compile(r"utf-(?:16|32)")
# What a page without a label is in, by language: first what browsers assume (html.spec.whatwg.org).
_WESTERN = ("cp1252", "iso8859-15")
_USUAL = {
    **dict.fromkeys(("cs", "hr", "hu", "pl", "ro", "sk", "sl"), ("cp1250", "iso8859-2")),
    **dict.fromkeys(("be", "bg", "kk", "mk", "ru", "sr", "uk"), ("cp1251", "koi8-u", "iso8859-5", "cp866")),
    "el": ("cp1253",), "tr": ("cp1254",), "he": ("cp1255",), **dict.fromkeys(("ar", "fa"), ("cp1256",)),
    **dict.fromkeys(("et", "lt", "lv"), ("cp1257",)), "vi": ("cp1258",), "th": ("cp874",),
    "ja": ("cp932", "euc_jp"), "ko": ("cp949",), "zh": ("gb18030",), "zh-tw": ("big5hkscs",),
    "zh-hk": ("big5hkscs",),
}  # fmt: skip
_LANGUAGE = re.compile(rb"(?:<(?:dc:)?language>\s*|xml:lang=[\"'])([a-zA-Z]{2}(?:[-_][a-zA-Z]{2})?)\b")
# Private characters, which no reader has, and one half-width kana alone: half of a Shift_JIS character.
_NOT_MEANT = re.compile("[\ue000-\uf8ff]|(?<![\uff61-\uff9f])[\uff66-\uff9d](?![\uff61-\uff9f])")
_MISREAD = re.compile("[\x80-\x9f\uff61-\uff9f]")  # controls, and EUC-JP read as Shift_JIS
LANGUAGE_BYTES = 4_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_FIRST_SIGNS = (
    (b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"),
)  # fmt: skip
_DECLARATION = re.compile(r"^\s*<\?xml\s[^>]*>")
_DECLARED = re.compile(r"<\?xml\s[^>]*?encoding\s*=\s*[\"']?\s*([\w.:-]+)")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
# By chance two of some characters in a two-byte encoding are valid UTF-8, a dozen in a row are not.
_NO_CHANCE = 12
DECLARATION_BYTES = 1_000
_PART = re.compile(rb"[<\n]?[^<\n]*")
_SIGNS = b" ,.:;-/()"
_HIGH_RUN = re.compile(rb"([\xa1-\xfe]+)")


def in_utf8(body: bytes, content_type: str, language: str = "") -> bytes:
    """Returns the document in UTF-8 without byte order mark and XML declaration.

    `language` is that of a feed that states none.
    """
    text = _DECLARATION.sub("", _decoded(body, content_type, language), count=1)
    return text.encode("utf-8", "replace")


def _decoded(body: bytes, content_type: str, language: str) -> str:
    seven_bits = body.removeprefix(codecs.BOM_UTF8)
    if seven_bits.isascii() and (kind := shifts_in(seven_bits, _language(body) or language)):
        return decode_shifted(seven_bits, kind)
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    for sign, codec in _FIRST_SIGNS:
        if body.lstrip(b"\r\n\t ").startswith(sign):
            return body.decode(codec, "replace")
    stated = [codec for codec in _stated(body, content_type) if not _WIDE.match(codec)]
    unicode_text = body.decode("utf-8", "replace")
    lost = unicode_text.count("\ufffd") - body.count("\ufffd".encode())
    if not stated or stated == ["utf-8"]:
        return unicode_text if lost == 0 else _without_label(body, unicode_text, lost, language)
    several = sum(1 for char in unicode_text if char > "\x7f") - lost
    if "utf-8" in stated and lost == 0:
        return unicode_text
    readings = [(_decode(body, codec), codec) for codec in stated if codec != "utf-8"]
    if not readings:
        return unicode_text
    text, codec = min(readings, key=lambda reading: reading[0].count("\ufffd"))
    damage = text.count("\ufffd")
    if several and lost == 0 and (not _MULTI_BYTE.match(codec) or damage or several >= _NO_CHANCE):
        return unicode_text
    # A damaged document: most of its sequences are UTF-8, which is no chance in any other encoding.
    return (
        unicode_text
        if several >= max(4 * lost, 4) and several >= _NO_CHANCE * bool(_MULTI_BYTE.match(codec))
        else text
    )


def _without_label(body: bytes, unicode_text: str, lost: int, language: str) -> str:
    """Returns the text of a feed that is labelled as UTF-8, or not at all, and is not UTF-8.

    It is damaged UTF-8, or in the encoding that browsers in the country of its language assume.
    """
    tag = _language(body) or language
    usual = _USUAL.get(tag) or _USUAL.get(tag[:2], _WESTERN)
    if usual == _WESTERN and not _is_western(unicode_text, lost):
        return unicode_text
    several = sum(1 for char in unicode_text if char > "\x7f") - lost
    text = max((_decode(body, codec) for codec in usual), key=_plausibility)
    damage = text.count("\ufffd")
    # Two-byte characters are now and then valid UTF-8, but hardly ever all valid in another encoding.
    fits = several < lost if damage == 0 and _MULTI_BYTE.match(usual[0]) else 4 * several < lost
    return text if fits and damage <= lost // 4 else unicode_text


def _language(body: bytes) -> str:
    stated = _LANGUAGE.search(body[:LANGUAGE_BYTES])
    return stated[1].decode().lower().replace("_", "-") if stated else ""


def _plausibility(text: str) -> int:
    """Returns the number of small letters: a false code page makes capitals and signs of them."""
    small = sum(1 for char in text if char > "\x7f" and char.islower())
    return small - 2 * sum(map(text.count, "\ufffd¤±¶")) - len(_MISREAD.findall(text))


def _is_western(unicode_text: str, lost: int) -> bool:
    """Returns whether bytes that are not UTF-8 are lone accented letters of Windows-1252 under a false label.

    That is so if no character of several bytes is beside them, and hardly two stand in a row, as in a text of
    Cyrillic or Chinese letters.
    """
    several = sum(1 for char in unicode_text if char > "\x7f") - lost
    return several <= 0 and 4 * unicode_text.count("\ufffd\ufffd") <= lost


def _stated(body: bytes, content_type: str) -> list[str]:
    """Returns the codecs that the HTTP header and the XML declaration name, in this order, unknown ones left
    out.
    """
    head = body[:DECLARATION_BYTES].replace(b"\0", b"").decode("latin-1")
    labels = [found[1] for found in (_CHARSET.search(content_type), _DECLARED.search(head)) if found]
    codecs_named = (_codec(label) for label in labels)
    return list(dict.fromkeys(codec for codec in codecs_named if codec))


def _codec(label: str) -> str:
    name = label.strip().lower()
    if shifted := shifted_codec(name):
        return shifted
    try:
        found = codecs.lookup(_MEANINGS.get(name, name))
    except (LookupError, ValueError):
        return ""
    refused = found.name.replace("-", "_") in _NEVER or not getattr(found, "_is_text_encoding", True)
    return "" if refused else found.name


def _decode(body: bytes, codec: str) -> str:
    if shifted_codec(codec):
        return decode_shifted(body, codec)
    if not _MULTI_BYTE.match(codec):
        return body.decode(codec, "replace")
    text = _NOT_MEANT.sub("\ufffd", body.decode(codec, "multibyte"))
    if "\ufffd" not in text or codec == "cp932":  # finds the step again by itself
        return text
    return "".join(_read_part(part, codec) for part in _PART.findall(body))


def _read_part(part: bytes, codec: str) -> str:
    """Returns the text up to the next tag or line, in which a changed byte costs a character, not the step of
    all characters after it.
    """
    text = part.decode(codec, "multibyte")
    if "\ufffd" not in text:
        return text
    in_step = _in_step(part).decode(codec, "multibyte")
    return min(in_step, text, key=lambda reading: reading.count("\ufffd"))


def _in_step(part: bytes) -> bytes:
    """Returns the part with 0xFF for half a character: the one beside a single byte in the middle of others,
    else that at the end where the text does not start or stop.
    """
    pieces = _HIGH_RUN.split(part)
    for at in range(1, len(pieces), 2):
        before, run, after = pieces[at - 1 : at + 2]
        if len(run) % 2 == 0:
            continue
        if at > 1 and len(before) == 1 and before not in _SIGNS:
            pieces[at - 1 : at + 1] = b"", b"\xff" + run[1:]
        elif at + 2 < len(pieces) and len(after) == 1 and after not in _SIGNS:
            pieces[at : at + 2] = run[:-1], b"\xff"
        elif before[-1:] in b"> \n":
            pieces[at] = run[:-1] + b"\xff"
        else:
            pieces[at] = b"\xff" + run[1:]
    return b"".join(pieces)


def _whole_pair(error: UnicodeError) -> tuple[str, int]:
    """Replaces what a decoder of several bytes a character cannot read, as browsers do: two bytes if both are
    beyond ASCII, so that the characters after them stay in step, else one.

    Reads two bytes of EUC-JP that only Windows' extension has (①, ㈱, 髙).
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    pair = error.object[error.start : error.start + 2]
    if len(pair) < 2 or min(pair) < 0xA1 or max(pair) == 0xFF:
        return "\ufffd", error.start + 1
    if error.encoding == "euc_jp":
        row, cell = pair[0] - 0xA0, pair[1] - 0xA0
        lead = (row - 1) // 2 + (0x81 if row < 63 else 0xC1)
        trail = cell + 0x9E if row % 2 == 0 else cell + (0x3F if cell < 64 else 0x40)
        return bytes((lead, trail)).decode("cp932", "replace")[:1], error.start + 2
    return "\ufffd", error.start + 2


codecs.register_error("multibyte", _whole_pair)
