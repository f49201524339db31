"""The sentences of a whole text, and which of them may be printed: none of page, picture or writer. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sentencex import segment

from reports.digest.sentences import DATELINE, is_statement


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence as it stands in the text, and whether it may be printed."""

    text: str
    is_statement: bool


# Of an agency's report, of which the line may begin with a picture's caption: "(Meridian Wire) - ".
_AGENCY = re.compile(r"^.{0,250}?(?:\([A-Z][\w. ]{1,24}\) ?[-–—]{1,2}|[\w.]+ --) (?=[A-Z])")
_OF_PAGE = re.compile(
    "|".join(
        (
            # Pictures.
            r"REUTERS/|\bAP Photo|\bAFP\b|/Getty|Shutterstock|\bvia AP\b|\bCourtesy of\b|\bopens new tab\b",
            r"\bphoto\b.*\b(?:taken|shows?)\b|\bin this (?:photo|picture|image|illustration)\b"
            r"|\((?:left|right|L|R)\)",
            r"\b(?:speaks|attends|arrives|walks|gestures|poses|stands|holds|listens|waves|looks on"
            r"|delivers|is seen"
            r"|are seen)(?: [\w-]+){0,8} (?:on|in) (?:[A-Z][a-z]+day|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug"
            r"|Sep|Oct|Nov"
            r"|Dec)\w*)\b",
            r"\b[Rr]epresentative [Ii]mage\b",
            # A heading, or the headline with its agency, of which the text has lost the end of the line.
            r"\b(?:Reuters|AFP|PTI|ANI|IANS|dpa|Agencies) (?:The|An?|In|On|It)\b"
            r"|\b[a-z]{3,} The [A-Z][a-z]+ (?:has|have|had|is|was|were|will|would|also|said|says|proposed)\b"
            r"|\b[a-z]{2,} (?:As|While|Although|Though|However|This|These|There|According|Since|When|If"
            r"|Because|It|They|He|She) [a-z]+",
            r"[A-Z][\w.]+, (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d{1,2}, 20\d\d\.$",
            # Writers and editors.
            r"\b[Rr]eporting by\b|\b[Ee]diting by\b|\bcontributed (?:to|reporting)\b|\bcan be reached\b"
            r"|@\w+\.\w+",
            r"\b(?:is|was) (?:an?|the) (?:[\w-]+ ){0,4}(?:reporter|correspondent|journalist|columnist|editor"
            r"|contributor|fellow|newsletter)\b",
            # The page itself and what it asks of its reader.
            r"\bADVERTISEMENT\b|\bGMT\b|\d\d:\d\d|[|»›•]"
            r"|^(?:[A-Z][\w’'-]+ (?:[a-z]{1,3} )?){3,}[A-Z][\w’'-]+:|^\W*\d+[.)] ",
            r"^(?:Implement|Develop|Ensure|Establish|Provide|Adopt|Introduce|Set|Make|Use|Create|Require|Promote|Improve"
            r"|Identify|Review|Assess|Avoid|Include|Maintain|Support|Strengthen|Encourage|Enhance|Increase|Reduce|Build"
            r"|Conduct|Prepare|Monitor|Update)\b (?!of|for|by|in|is|was|has|to)",
            r"^Here(?:['’]s| is| are)\b|^Whereby\b",
            # A footnote's number, and the label of a list's entry.
            r"^\d{1,3} ?[A-Z]|^\d+ min(?:ute)?s?\b|; \d+ [a-z]|^[^:“\"]{2,60}: [A-Z]|^To [a-z]+ [^,]+$",
            r"https?://|\bwww\.|\b[Tt]his (?:article|story|post|page|content|website|site|blog|column"
            r"|piece|newsletter"
            r"|video|interview|essay|guide|explainer|episode|podcast|text)\b|\bon this page\b",
            r"(?i:\bterms (?:of use|and conditions)\b|\bprivacy policy\b|\bconference call\b|\bwebcast\b"
            r"|\b(?:media|press) (?:contact|inquir|enquir)|\bprice targets?\b|\bwebinar\b|\bwhite ?paper\b)",
            r"^(?:Caption|Credit|File|Source|Correction|Clarification|Editor['’]s [Nn]ote|Updated?"
            r"|Disclosure|Related"
            r"|Read|Watch|See|Note|By [A-Z]\w+ [A-Z]|Written by|Edited by|Translated|Topics?|Tags?"
            r"|Advertisement|Sponsored|Register"
            r"|Learn more|Find out|Click|Download|Listen|Join|Follow|Contact|Share|Sign up|Subscribe"
            r"|More on|For more"
            r"|Check|Try|Get|Let|Please|Don['’]t|Discover|Explore|Stay|Visit|Imagine|Consider|Think"
            r"|Remember|Welcome"
            r"|Key [Tt]akeaways?|Summary|Background|Abstract|In (?:brief|short)"
            r"|TL;?DR)\b[:,]?(?! (?:[A-Z]\w+ )?\w+ed\b)",
        )
    )
)
# A verb in a tense: an entry of a list that ends with a full stop may have none.
_FINITE = re.compile(
    r"\b(?:is|was|are|were|has|have|had|will|would|can|could|may|might|must|should|shall|do|does|did"
    r"|says?|said|told|tells?"
    r"|\w{2,}ed|made|makes?|took|takes?|g[ai]ves?|came|comes?|went|goes|began|begins?|brought|brings?"
    r"|built|found|finds?"
    r"|got|gets?|grew|grows?|held|holds?|kept|keeps?|knew|knows?|led|leads?|left|leaves?|lost|loses?"
    r"|means?|meant|met"
    r"|meets?|paid|pays?|put|puts|ran|runs|rose|rises?|fell|falls?|saw|sees|sent|sends?|sets?|shows?"
    r"|sold|sells?|spent"
    r"|stood|stands?|struck|strikes?|won|wins|wrote|writes?|wants?|plans|seeks?|sought|hopes|faces|aims"
    r"|allows|requires"
    r"|includes?|remains?|calls|covers|applies|apply|marks|follows|expects?|believes?|argues?|warns?"
    r"|needs?|uses|offers"
    r"|provides?|contains?|consists?|represents?|continues?|reports|describes|appears|seems|adds|notes"
    r"|claims|cuts?|bans"
    r"|helps?|gives|lets|moves|works|becomes?|became|raises|reflects|urges?|vows|backs|targets|affects?"
    r"|drives|drove"
    r"|chose|broke|spoke|threw|flew|fought|bought|thought|taught|caught|shot|hit|hits|cost|costs|shut"
    r"|split|spread|isn|wasn|aren"
    r"|weren|hasn|haven|hadn|won|wouldn|couldn|don|doesn|didn)\b|[’'](?:s|re|ve|d|ll)\b"
)
_READER = re.compile(r"\b(?:We|Our|Ours|My|You|Your|Let['’]s|we['’]\w+|you['’]\w+|We['’]\w+|You['’]\w+)\b")
# A quotation of so many words needs its speaker in the sentence.
_SPOKEN_WORDS = 4
_QUOTED = re.compile(r"[“\"]([^”\"]*)[”\"]|(?<!\w)[‘']([^‘’']{12,})[’'](?!\w)")
_SPEAKER = re.compile(
    r"\b(?:sa(?:ys?|id|ying)|told|tells?|wr(?:ote|ites?|itten|iting)|add(?:s|ed|ing)|call(?:s|ed|ing)"
    r"|argu(?:es?|ed|ing)"
    r"|warn(?:s|ed|ing)?|not(?:es?|ed|ing)|according|stat(?:es?|ed|ing)|describ(?:es?|ed|ing)|claim(?:s"
    r"|ed|ing)?"
    r"|explain(?:s|ed|ing)?|accus(?:es?|ed|ing)|urg(?:es?|ed|ing)|demand(?:s|ed|ing)?|insist(?:s|ed|ing)?"
    r"|declar(?:es?|ed|ing)|conclud(?:es?|ed|ing)|announc(?:es?|ed|ing)|respond(?:s|ed|ing)?|report(?:s"
    r"|ed|ing)?"
    r"|read(?:s|ing)?|describ\w+|prais\w+|criticis\w+|criticiz\w+|vow\w*|pledg\w+|promis\w+|tweeted"
    r"|posted|continued"
    r"|stress\w*|reiterat\w+|emphasi\w+|acknowledg\w+|confirm\w*|caution\w*|commented|slammed|labell?ed"
    r"|dubbed"
    r"|refer\w*|requir\w*|defin\w+|prohibit\w*|ban(?:s|ned)?|titled|entitled|named|known)\b"
)


@lru_cache(maxsize=64)
def segments(text: str) -> tuple[Segment, ...]:
    """The sentences of an English text in order; no sentence goes on in the next line.

    The texts of a story are kept, as copies, sentences and differences are looked for in the same.
    """
    return tuple(_segments(text))


def _segments(text: str) -> Iterator[Segment]:
    for line in text.split("\n"):
        for raw in segment("en", _AGENCY.sub("", line.strip())):
            sentence = " ".join(DATELINE.sub("", raw.strip()).split())
            if sentence:
                yield Segment(sentence, _may_be_printed(sentence))


def _may_be_printed(sentence: str) -> bool:
    return bool(
        (sentence.lstrip("“\"‘'(")[:1].isupper() or sentence[:1].isdigit())
        and "?" not in sentence
        and not sentence.endswith("!")
        and is_statement(sentence)
        and not _OF_PAGE.search(sentence)
        and _FINITE.search(sentence)
        and not _READER.search(_QUOTED.sub(" ", sentence))
        and _names_its_speakers(sentence)
    )


def _names_its_speakers(sentence: str) -> bool:
    spoken = [one or other for one, other in _QUOTED.findall(sentence)]
    if all(len(words.split()) < _SPOKEN_WORDS for words in spoken):
        return True
    return _SPEAKER.search(_QUOTED.sub(" ", sentence)) is not None
