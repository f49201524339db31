"""Decodes the bytes of an XML feed by what they are, where the label is read as browsers read it (WHATWG).

A label is evidence, not proof: valid UTF-8 of several bytes a character is UTF-8 under a single-byte label
too, and a byte that does not fit costs one character, never the reading of the rest.
"""

from __future__ import annotations

import codecs
import re

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
    "csbig5": "big5hkscs", "x-euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp_ext",
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


def in_utf8(body: bytes, content_type: str) -> bytes:
    """Returns the document in UTF-8 without byte order mark and XML declaration."""
    text = _DECLARATION.sub("", _decoded(body, content_type), count=1)
    return text.encode("utf-8", "replace")


def _decoded(body: bytes, content_type: str) -> str:
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
        return (
            unicode_text
            if lost == 0 or not _is_western(unicode_text, lost)
            else body.decode("cp1252", "replace")
        )
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
    try:
        found = codecs.lookup(_MEANINGS.get(name, name))
    except (LookupError, ValueError):
        return ""
    refused = found.name.replace("-", "_") in _NEVER or not getattr(found, "_is_text_encoding", True)
    return "" if refused else found.name


def _decode(body: bytes, codec: str) -> str:
    return body.decode(codec, "eucjp_ms" if codec == "euc_jp" else "replace")


def _eucjp_ms(error: UnicodeError) -> tuple[str, int]:
    """Decodes two bytes of EUC-JP that only Windows' extension has (①, ㈱, 髙), or replaces one byte."""
    if isinstance(error, UnicodeDecodeError):
        pair = error.object[error.start : error.start + 2]
        if len(pair) == 2 and min(pair) >= 0xA1:
            row, cell = pair[0] - 0xA0, pair[1] - 0xA0
            lead = (row - 1) // 2 + (0x81 if row < 63 else 0xC1)
            trail = cell + 0x9E if row % 2 == 0 else cell + (0x3F if cell < 64 else 0x40)
            text = bytes((lead, trail)).decode("cp932", "replace")
            if "\ufffd" not in text:
                return text, error.start + 2
        return "\ufffd", error.start + 1
    raise error


codecs.register_error("eucjp_ms", _eucjp_ms)
