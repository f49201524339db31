"""Classification: the gate, the desks and the nine rulings of the taxonomy, with the real cues and the real head; no model."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from paths import ROOT

from warehouse.classify.desk_classifier import LABELS, Classification, DeskClassifier, Text, load_desk_classifier
from warehouse.errors import WarehouseError

BUNDLED = ROOT / "warehouse/classify/desks.toml"


@pytest.fixture(scope="module")
def filer() -> DeskClassifier:
    return load_desk_classifier()


def text(title: str, summary: str = "", kind: str = "news", size: int = 0) -> Text:
    """A text without a vector (size 0), so that cues and rules alone decide and no model is needed."""
    vector = np.full(size, size**-0.5 if size else 0.0, dtype=np.float32)
    return Text(title=title, summary=summary, source_kind=kind, publisher="Meridian Press", url=None, vector=vector)


def primary(filing: Classification) -> str:
    assert [desk.is_primary for desk in filing.desks] == [True] + [False] * (len(filing.desks) - 1)
    return filing.desks[0].desk


CASES = [
    # the desks
    ("export_controls", "US adds 23 Chinese firms to Entity List over AI chips", "", "news"),
    ("export_controls", "Men charged with smuggling Nvidia GPUs to China through Malaysia", "", "news"),
    ("arms_race", "Army orders drone swarm software for loitering munitions", "", "defence_press"),
    ("arms_race", "UN talks on lethal autonomous weapons end without a treaty", "", "news"),
    ("regulation", "EU delays high-risk rules of the AI Act", "", "news"),
    ("regulation", "Governor signs bill on AI chatbots and minors", "", "news"),
    # the gate: AI without power, power without AI, neither
    ("off_topic", "Chatbot maker launches a faster coding model", "", "tech_press"),
    ("off_topic", "Senate passes farm bill after long debate", "", "news"),
    ("off_topic", "Striker scores twice in cup final", "", "news"),
    ("off_topic", "Chipmaker's quarterly revenue beats forecasts as AI demand lifts shares", "", "news"),
    # ruling 1: uncrewed systems
    ("arms_race", "Navy tests autonomous warships and uncrewed combat aircraft", "", "defence_press"),
    ("off_topic", "First-person-view drones set fuel depot ablaze", "", "defence_press"),
    ("off_topic", "Drone plant opens to supply Polish army", "", "news"),
    # ruling 2: export documents
    ("off_topic", "International Traffic in Arms Regulations: Corrections of Addresses", "", "government"),
    ("export_controls", "Additions to the Unverified List; Final Rule", "", "government"),
    # ruling 3: inbound bans, tariffs on chips; subsidies are out
    ("export_controls", "US bans foreign drones and Chinese robots", "", "news"),
    ("export_controls", "Section 232 tariffs on semiconductor imports take effect", "", "news"),
    ("off_topic", "Commerce awards CHIPS Act grant to Idaho memory plant", "", "news"),
    (
        "off_topic",
        "Certain Semiconductor Devices; Notice of Institution of Section 337 Investigation",
        "",
        "government",
    ),
    # ruling 4: a lab and a defence ministry
    ("arms_race", "Judge hears Anthropic's case against the Pentagon over use of its AI", "", "news"),
    # ruling 5: information operations
    ("arms_race", "Russian disinformation campaign used AI deepfakes against Ukraine's army", "", "news"),
    ("off_topic", "Crooner's deepfake sells mattresses on late-night television", "", "news"),
    # ruling 6: police, border, public sector
    ("regulation", "Police to double live facial recognition vans", "", "news"),
    # ruling 7: a company's paper
    ("regulation", "Our letter to Congress on federal AI legislation and frontier AI safety", "", "ai_lab"),
    ("off_topic", "Our principles for building helpful AI", "", "ai_lab"),
    # ruling 9: privacy, data localisation, spyware without AI
    ("off_topic", "Spyware found on journalists' phones, data protection authority says", "", "news"),
    ("off_topic", "Regulator fines shop under GDPR for breach of personal data", "", "news"),
]


@pytest.mark.parametrize(("desk", "title", "summary", "kind"), CASES)
def test_a_text_is_filed_by_the_taxonomy(filer: DeskClassifier, desk: str, title: str, summary: str, kind: str) -> None:
    filing = filer.file(text(title, summary, kind))
    assert primary(filing) == desk, filing.desks


def test_a_law_on_export_controls_is_secondary_regulation(filer: DeskClassifier) -> None:
    filing = filer.file(text("Senate passes chip security bill to stop smuggling of AI chips to China"))
    assert [desk.desk for desk in filing.desks][:2] == ["export_controls", "regulation"]


def test_ruling_1_robots_in_orbit_are_no_weapons(filer: DeskClassifier) -> None:
    told = text(
        "Contractor's robotic mechanic reaches orbit to refuel old satellites",
        "The defence contractor's vehicle carries two robotic arms and will dock with a communications satellite next spring.",
    )
    assert primary(filer.file(told)) == "off_topic"


def test_ruling_8_newsletters_and_vendors_keep_their_genre(filer: DeskClassifier) -> None:
    letter = filer.file(text("Entity List grows, AI Act slips", kind="newsletter"))
    assert (letter.genre, primary(letter)) == ("newsletter", "export_controls")
    assert filer.file(text("Five steps to AI governance for your enterprise", kind="vendor")).genre == "vendor"


def test_reasons_name_the_cue_its_weight_and_the_head(filer: DeskClassifier) -> None:
    reasons = filer.file(text("Firm joins the Entity List for shipping AI chips")).desks[0].reasons
    assert "Entity List (+3.0)" in reasons
    assert "learned head" in reasons


def test_reasons_of_an_off_topic_text_name_the_rule(filer: DeskClassifier) -> None:
    assert "drones with neither AI nor autonomy" in filer.file(text("Drone hits refinery")).desks[0].reasons


def test_acronyms_are_found_only_in_capitals(filer: DeskClassifier) -> None:
    assert cues(filer, "BIS amends the EAR") >= {"BIS", "EAR"}
    assert not cues(filer, "a bis of the ear and its laws") & {"BIS", "EAR", "LAWS"}
    assert "LAWS" not in cues(filer, "New York laws")


def test_cues_find_variants_hyphens_possessives_and_initials(filer: DeskClassifier) -> None:
    assert "export control*" in cues(filer, "New export-controls hit")
    assert "People Liberation Army" in cues(filer, "the People's Liberation Army’s drills")
    assert "AI" in cues(filer, "How A.I. Will Be Used")


def test_an_order_of_texts_is_kept_and_one_alone_is_filed_the_same(filer: DeskClassifier) -> None:
    texts = [text(title, summary, kind) for _, title, summary, kind in CASES]
    assert filer.classify_all(texts) == [filer.file(one) for one in texts]
    assert filer.classify_all([]) == []


def test_vectors_of_another_model_leave_the_cues_to_decide(filer: DeskClassifier) -> None:
    title = "US adds firms to Entity List over AI chips"
    assert filer.file(text(title, size=768)) == filer.file(text(title))
    assert filer.file(text(title, size=384)) != filer.file(text(title))


@pytest.mark.parametrize(
    ("model", "fits"),
    [
        ("all-MiniLM-L6-v2@0123456789ab", True),
        ("all-MiniLM-L6-v2-int8@ba9876543210", True),
        ("/models/ALL-MiniLM-L6-v2@1", True),
        ("bge-small-en@1", False),
        ("hash@1", False),
    ],
)
def test_head_reads_its_own_model_in_any_precision(filer: DeskClassifier, model: str, fits: bool) -> None:
    assert filer.reads_vectors_of(model) is fits


def test_outlet_of_an_archive_is_known_by_its_name(filer: DeskClassifier) -> None:
    title = "Evaluating legal reasoning of language models"
    named = dataclasses.replace(text(title), publisher="arXiv cs.CL")
    assert filer.file(named).desks == filer.file(text(title, kind="academia")).desks


def test_weighing_gives_all_four_labels_and_marks_the_one_chosen(filer: DeskClassifier) -> None:
    told = text("US adds 23 Chinese firms to Entity List over AI chips")
    weighed = filer.weigh(told)
    assert {one.desk for one in weighed} == set(LABELS)
    assert sum(one.score for one in weighed) == pytest.approx(1, abs=1e-5)
    assert [one.desk for one in weighed if one.is_primary] == [primary(filer.file(told))]


def test_scores_are_probabilities_and_labels_known(filer: DeskClassifier) -> None:
    for filing in filer.classify_all([text(title, kind=kind, size=384) for _, title, _, kind in CASES]):
        assert {desk.desk for desk in filing.desks} <= set(LABELS)
        assert 0 < sum(desk.score for desk in filing.desks) <= 1.000001


def test_the_version_changes_with_the_cues(filer: DeskClassifier, tmp_path: Path) -> None:
    changed = tmp_path / "desks.toml"
    changed.write_text(BUNDLED.read_text("utf-8") + "\n# a remark\n", "utf-8")
    assert load_desk_classifier().version == filer.version
    assert load_desk_classifier(changed).version != filer.version


def test_a_new_cue_acts_without_touching_code(filer: DeskClassifier, tmp_path: Path) -> None:
    changed = tmp_path / "desks.toml"
    written = BUNDLED.read_text("utf-8").replace(
        'decisive = ["export control*"', 'decisive = ["zorblatt rule*", "export control*"'
    )
    changed.write_text(written, "utf-8")
    told = text("Zorblatt rules and AI")
    assert load_desk_classifier(changed).file(told).desks[0].score > filer.file(told).desks[0].score


@pytest.mark.parametrize(("content", "complaint"), [("[desk", "cannot be used"), ("[decision]\n", "cannot be used")])
def test_a_broken_taxonomy_says_what_is_wrong(tmp_path: Path, content: str, complaint: str) -> None:
    broken = tmp_path / "desks.toml"
    broken.write_text(content, "utf-8")
    with pytest.raises(WarehouseError, match=complaint):
        load_desk_classifier(broken)


def test_a_missing_taxonomy_is_named(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match=r"nowhere\.toml"):
        load_desk_classifier(tmp_path / "nowhere.toml")


def test_a_rule_on_an_unknown_concept_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "desks.toml"
    rule = '\n[[rule]]\nid = "x"\nsays = "x"\nall = ["nonsuch"]\nshift = { off_topic = 1.0 }\n'
    broken.write_text(BUNDLED.read_text("utf-8") + rule, "utf-8")
    with pytest.raises(WarehouseError, match="nonsuch"):
        load_desk_classifier(broken)


def test_the_seed_like_fixtures_are_filed_as_the_taxonomy_says(filer: DeskClassifier) -> None:
    event = text(
        "Experts meet on artificial intelligence, autonomous weapons and international security",
        "The meeting discussed military AI, the risk of an arms race and escalation, and rules for governance of AI.",
        "international_body",
    )
    post = dataclasses.replace(
        text(
            "The dual-use dilemma",
            "Views are my own. Artificial intelligence serves the battlefield and the clinic alike: autonomous weapons, "
            "military AI and the arms race of great powers call for export controls and for regulation of AI.",
            "civil_society",
        ),
        url="https://blog.example/opinion/the-dual-use-dilemma",
    )
    report, opinion = filer.classify_all([event, post])
    assert (report.genre, primary(report)) == ("event_report", "arms_race")
    assert (opinion.genre, primary(opinion)) == ("opinion", "arms_race")


def cues(filer: DeskClassifier, title: str) -> set[str]:
    return {cue.shown for cue in filer.read([text(title)]).found[0]}
