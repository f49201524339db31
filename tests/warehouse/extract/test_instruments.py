"""Instruments: documents of law and control by their numbers, and numbers that name none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.extract.instruments import find_instruments, instrument_of_url
from warehouse.extract.sentences import sentence_at, sentences_of

NAMED = [
    ("[FR Doc. 2024-28270 Filed 12-2-24; 8:45 am]", [("fr_document", "2024-28270")]),
    ("published at 89 FR 96790", [("fr_citation", "89 FR 96790")]),
    ("see 88 Fed. Reg. 73458", [("fr_citation", "88 FR 73458")]),
    ("RIN 0694-AJ74", [("rin", "0694-AJ74")]),
    ("Docket No. 241129-0306", [("docket", "241129-0306")]),
    ("submit comments under BIS-2025-0023", [("docket", "BIS-2025-0023")]),
    ("docket NIST-2025-0035-0001", [("docket", "NIST-2025-0035-0001")]),
    ("(DFARS Case 2020-D005)", [("docket", "DFARS Case 2020-D005")]),
    (
        "15 CFR Parts 734, 744 and 774",
        [("cfr_part", "15 CFR 734"), ("cfr_part", "15 CFR 744"), ("cfr_part", "15 CFR 774")],
    ),
    ("under 15 C.F.R. § 744.23", [("cfr_part", "15 CFR 744")]),
    ("consolidated in part 734 of the EAR", [("cfr_part", "15 CFR 734")]),
    ("ECCNs 3A090.a and 4A090", [("eccn", "3A090"), ("eccn", "4A090")]),
    ("the ECCN 0Y521 series", [("eccn", "0Y521")]),
    ("Regulation (EU) 2024/1689", [("celex", "32024R1689")]),
    ("Regulation (EC) No 765/2008", [("celex", "32008R0765")]),
    ("Directive (EU) 2022/2555", [("celex", "32022L2555")]),
    ("Directive 95/46/EC", [("celex", "31995L0046")]),
    ("CELEX 32021R0821", [("celex", "32021R0821")]),
    ("COM(2025) 836 final", [("eu_proposal", "COM(2025) 836")]),
    ("H.R. 3447, the Chip Security Act", [("us_bill", "HR 3447")]),
    ("the Senate took up S. 1705.", [("us_bill", "S 1705")]),
    ("S.J. Res. 12 would undo it", [("us_bill", "SJRES 12")]),
    ("California's SB 53", [("state_bill", "SB 53")]),
    ("Senate Bill 1047 was vetoed", [("state_bill", "SB 1047")]),
    ("Colorado's SB24-205", [("state_bill", "SB 24-205")]),
    ("AB 2013 and HB 1709", [("state_bill", "AB 2013"), ("state_bill", "HB 1709")]),
    ("HL Bill 40 was read", [("uk_bill", "HL Bill 40")]),
    ("S.I. 2024/346", [("uk_instrument", "SI 2024/346")]),
    (
        "Executive Order 14110 and E.O. 14179",
        [("executive_order", "EO 14110"), ("executive_order", "EO 14179")],
    ),
    ("Executive Order (E.O.) 14110", [("executive_order", "EO 14110")]),
    ("resolution A/RES/79/62", [("un_symbol", "A/RES/79/62")]),
    ("UN resolution 78/241", [("un_symbol", "A/RES/78/241")]),
    ("draft A/C.1/79/L.77.", [("un_symbol", "A/C.1/79/L.77")]),
    ("working paper CCW/GGE.1/2024/WP.10", [("un_symbol", "CCW/GGE.1/2024/WP.10")]),
    ("OMB memo M-25-21", [("omb_memo", "M-25-21")]),
    ("Pub. L. 117-263", [("public_law", "PL 117-263")]),
    ("DoD Directive 3000.09", [("directive", "DoDD 3000.09")]),
    ("ISO/IEC 42001 and NIST AI 600-1", [("standard", "ISO/IEC 42001"), ("standard", "NIST AI 600-1")]),
    ("case 3:26-cv-01234", [("court_case", "3:26-cv-01234")]),
]
NOT_NAMED = [
    "CVE-2026-21992 is exploited",
    "the S&P 500 fell 3.5 percent",
    "SB 16 GB of memory",
    "GB200 and H100 chips",
    "U.S. 5 billion fund",
    "Article 2 S. 1 of the Basic Law (Art. 2 Abs. 2 S. 1 Grundgesetz)",
    "models 3D100 and 7B",
    "a 3A090 of unknown make",
    "version 2024.10.1",
    "from 2020-2021 to 2024-2025",
    "score 78/241 in the test",
    "on 12/05/2026",
    "Boeing 747 and Airbus A320",
    "EO of the firm",
    "phone 555-1234-5678",
    "24/7 service",
]


@pytest.mark.parametrize(("text", "named"), NAMED)
def test_instrument_is_found_in_its_canonical_form(text: str, named: list[tuple[str, str]]) -> None:
    assert [(one.kind, one.number) for one in find_instruments(f"He said: {text} was read.")] == named


@pytest.mark.parametrize("text", NOT_NAMED)
def test_number_of_something_else_is_left_alone(text: str) -> None:
    assert find_instruments(text) == []


def test_document_number_is_read_from_its_own_page() -> None:
    page = "https://www.federalregister.gov/documents/2020/01/06/2019-27649/addition-of-software"
    assert instrument_of_url(page) == "2019-27649"
    assert instrument_of_url("https://news.example/2019-27649") is None
    assert instrument_of_url(None) is None


def test_evidence_is_the_sentence_and_abbreviations_end_none() -> None:
    text = "It rained. Sen. Hale (No. 3 in the U.S. Senate) cites E.O. 14110 today. They left."
    (found,) = find_instruments(text)
    assert (
        sentence_at(text, found.start, found.end)
        == "Sen. Hale (No. 3 in the U.S. Senate) cites E.O. 14110 today."
    )
    assert len(list(sentences_of(text))) == 3


@given(st.text(max_size=300))
def test_no_text_makes_it_fail_and_places_are_inside_it(text: str) -> None:
    for one in find_instruments(f"{text} SB 53 {text}"):
        assert 0 <= one.start < one.end <= len(text) * 2 + 7
