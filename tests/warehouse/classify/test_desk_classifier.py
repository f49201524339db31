"""Desk classifier: the gate, the desks and the rulings, with the bundled terms and weights, no model."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from warehouse.classify.desk_classifier import Classification, DeskClassifier, Text, load_desk_classifier
from warehouse.classify.linear_classifier import PAIRS, SOURCE_KINDS, LinearClassifier
from warehouse.classify.taxonomy import OFF_TOPIC, TAXONOMY_FILE, Desk, Taxonomy, load_taxonomy
from warehouse.errors import WarehouseError

LABELS = load_taxonomy().labels


@pytest.fixture(scope="module")
def classifier() -> DeskClassifier:
    return load_desk_classifier()


def text(title: str, summary: str = "", kind: str = "news", size: int = 0) -> Text:
    """A text without a vector (size 0), so that terms and rules alone decide and no model is needed."""
    vector = np.full(size, size**-0.5 if size else 0.0, dtype=np.float32)
    return Text(
        title=title, summary=summary, source_kind=kind, publisher="Meridian Press", url=None, vector=vector
    )


def primary(classification: Classification) -> str:
    assert [desk.is_primary for desk in classification.desks] == [True] + [False] * (
        len(classification.desks) - 1
    )
    return classification.desks[0].desk


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
def test_a_text_is_classified_by_the_taxonomy(
    classifier: DeskClassifier, desk: str, title: str, summary: str, kind: str
) -> None:
    classification = classifier.classify(text(title, summary, kind))
    assert primary(classification) == desk, classification.desks


def test_a_law_on_export_controls_is_secondary_regulation(classifier: DeskClassifier) -> None:
    classification = classifier.classify(
        text("Senate passes chip security bill to stop smuggling of AI chips to China")
    )
    assert [desk.desk for desk in classification.desks][:2] == ["export_controls", "regulation"]


def test_ruling_1_robots_in_orbit_are_no_weapons(classifier: DeskClassifier) -> None:
    sample = text(
        "Contractor's robotic mechanic reaches orbit to refuel old satellites",
        "The defence contractor's vehicle carries two robotic arms and will dock with a communications "
        "satellite next spring.",
    )
    assert primary(classifier.classify(sample)) == "off_topic"


def test_ruling_8_newsletters_and_vendors_keep_their_genre(classifier: DeskClassifier) -> None:
    letter = classifier.classify(text("Entity List grows, AI Act slips, drones fly", kind="newsletter"))
    assert (letter.genre, primary(letter)) == ("newsletter", "export_controls")
    assert (
        classifier.classify(text("Five steps to AI governance for your enterprise", kind="vendor")).genre
        == "vendor"
    )


def test_reasons_name_the_term_its_weight_and_the_probability(classifier: DeskClassifier) -> None:
    reasons = classifier.classify(text("Firm joins the Entity List for shipping AI chips")).desks[0].reasons
    assert "Entity List (+3.0)" in reasons
    assert "; classifier " in reasons


def test_reasons_of_an_off_topic_text_name_the_rule(classifier: DeskClassifier) -> None:
    assert (
        "drones with neither AI nor autonomy"
        in classifier.classify(text("Drone hits refinery")).desks[0].reasons
    )


def test_acronyms_are_found_only_in_capitals(classifier: DeskClassifier) -> None:
    assert terms(classifier, "BIS amends the EAR") >= {"BIS", "EAR"}
    assert not terms(classifier, "a bis of the ear and its laws") & {"BIS", "EAR", "LAWS"}
    assert "LAWS" not in terms(classifier, "New York laws")


def test_terms_match_variants_hyphens_possessives_and_initials(classifier: DeskClassifier) -> None:
    assert "export control*" in terms(classifier, "New export-controls hit")
    assert "People Liberation Army" in terms(classifier, "the People's Liberation Army’s drills")
    assert "AI" in terms(classifier, "How A.I. Will Be Used")


def test_order_of_texts_is_kept_and_one_text_gives_the_same_result(classifier: DeskClassifier) -> None:
    texts = [text(title, summary, kind) for _, title, summary, kind in CASES]
    assert classifier.classify_all(texts) == [classifier.classify(one) for one in texts]
    assert classifier.classify_all([]) == []


def test_vectors_of_another_size_are_ignored(classifier: DeskClassifier) -> None:
    title = "US adds firms to Entity List over AI chips"
    assert classifier.classify(text(title, size=768)) == classifier.classify(text(title))
    assert classifier.classify(text(title, size=384)) != classifier.classify(text(title))


@pytest.mark.parametrize(
    ("model", "accepted"),
    [
        ("all-MiniLM-L6-v2@0123456789ab", True),
        ("all-MiniLM-L6-v2-int8@ba9876543210", True),
        ("/models/ALL-MiniLM-L6-v2@1", True),
        ("bge-small-en@1", False),
        ("hash@1", False),
    ],
)
def test_classifier_accepts_vectors_of_its_own_model_in_any_precision(
    classifier: DeskClassifier, model: str, accepted: bool
) -> None:
    assert classifier.accepts_vectors_of(model) is accepted


def test_outlet_of_an_archive_is_known_by_its_name(classifier: DeskClassifier) -> None:
    title = "Evaluating legal reasoning of language models"
    named = dataclasses.replace(text(title), publisher="arXiv cs.CL")
    assert classifier.classify(named).desks == classifier.classify(text(title, kind="academia")).desks


def test_scores_cover_all_labels_and_mark_the_primary_one(classifier: DeskClassifier) -> None:
    sample = text("US adds 23 Chinese firms to Entity List over AI chips")
    scores = classifier.score_labels(sample)
    assert {one.desk for one in scores} == set(LABELS)
    assert sum(one.score for one in scores) == pytest.approx(1, abs=1e-5)
    assert [one.desk for one in scores if one.is_primary] == [primary(classifier.classify(sample))]


def test_scores_are_probabilities_and_labels_known(classifier: DeskClassifier) -> None:
    for classification in classifier.classify_all(
        [text(title, kind=kind, size=384) for _, title, _, kind in CASES]
    ):
        assert {desk.desk for desk in classification.desks} <= set(LABELS)
        assert 0 < sum(desk.score for desk in classification.desks) <= 1.000001


def test_the_version_changes_with_the_taxonomy(classifier: DeskClassifier, tmp_path: Path) -> None:
    changed = tmp_path / "taxonomy.toml"
    changed.write_text(TAXONOMY_FILE.read_text("utf-8") + "\n# a remark\n", "utf-8")
    assert load_desk_classifier().version == classifier.version
    assert load_desk_classifier(changed).version != classifier.version


def test_a_new_term_acts_without_touching_code(classifier: DeskClassifier, tmp_path: Path) -> None:
    changed = tmp_path / "taxonomy.toml"
    written = TAXONOMY_FILE.read_text("utf-8").replace(
        'decisive = [\n    "export control*"', 'decisive = [\n    "zorblatt rule*", "export control*"'
    )
    changed.write_text(written, "utf-8")
    sample = text("Zorblatt rules and AI")
    before, after = (
        one.classify(sample).probabilities for one in (classifier, load_desk_classifier(changed))
    )
    assert after["export_controls"] > before["export_controls"]


@pytest.mark.parametrize(
    ("content", "complaint"), [("[desk", "cannot be used"), ("[thresholds]\n", "'desk' is missing")]
)
def test_a_broken_taxonomy_says_what_is_wrong(tmp_path: Path, content: str, complaint: str) -> None:
    broken = tmp_path / "taxonomy.toml"
    broken.write_text(content, "utf-8")
    with pytest.raises(WarehouseError, match=complaint):
        load_desk_classifier(broken)


def test_a_missing_taxonomy_is_named(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match=r"nowhere\.toml"):
        load_desk_classifier(tmp_path / "nowhere.toml")


def test_a_rule_on_an_unknown_concept_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "taxonomy.toml"
    rule = '\n[rule.x]\nreason = "x"\nall = ["nonsuch"]\nshift = { off_topic = 1.0 }\n'
    broken.write_text(TAXONOMY_FILE.read_text("utf-8") + rule, "utf-8")
    with pytest.raises(WarehouseError, match="nonsuch"):
        load_desk_classifier(broken)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("shift = { export_control = 1.0 }", "'export_control', which is no desk"),
        ('desk = "sport"\nprimary = "arms_race"', "'sport', which is no desk"),
    ],
)
def test_a_rule_on_an_unknown_desk_is_refused(tmp_path: Path, written: str, complaint: str) -> None:
    broken = tmp_path / "taxonomy.toml"
    broken.write_text(
        f'{TAXONOMY_FILE.read_text("utf-8")}\n[rule.x]\nreason = "x"\nall = ["ai"]\n{written}\n', "utf-8"
    )
    with pytest.raises(WarehouseError, match=complaint):
        load_desk_classifier(broken)


def test_a_desk_that_the_classifier_was_not_trained_for_is_refused(tmp_path: Path) -> None:
    extended = tmp_path / "taxonomy.toml"
    desk = '\n[desk.elections]\nname = "Elections"\nwatches_for = "AI in elections."\n'
    extended.write_text(TAXONOMY_FILE.read_text("utf-8") + desk, "utf-8")
    with pytest.raises(WarehouseError, match=r"train_desk_classifier\.py --write"):
        load_desk_classifier(extended)


def test_the_seed_like_fixtures_are_classified_as_the_taxonomy_says(classifier: DeskClassifier) -> None:
    event = text(
        "Experts meet on artificial intelligence, autonomous weapons and international security",
        "The meeting discussed military AI, the risk of an arms race and escalation, and rules for "
        "governance of AI.",
        "international_body",
    )
    post = dataclasses.replace(
        text(
            "The dual-use dilemma",
            "Views are my own. Artificial intelligence serves the battlefield and the clinic alike: "
            "autonomous weapons, military AI and the arms race of great powers call for export controls and "
            "for regulation of AI.",
            "civil_society",
        ),
        url="https://blog.example/opinion/the-dual-use-dilemma",
    )
    report, opinion = classifier.classify_all([event, post])
    assert (report.genre, primary(report)) == ("event_report", "arms_race")
    assert (opinion.genre, primary(opinion)) == ("opinion", "arms_race")


SUBJECTS = ("chips", "drones", "law", "space")


@pytest.fixture(scope="module")
def classifier_of_four_desks() -> DeskClassifier:
    """A desk for each subject, chosen by its name alone, with weights by hand."""
    weights = np.zeros((len(SUBJECTS) + 1, 2 * (len(SUBJECTS) + len(PAIRS)) + 1 + len(SOURCE_KINDS)))
    for row in range(len(SUBJECTS)):
        weights[row, len(SUBJECTS) + row] = 6.0
    bias = np.array([0.0] * len(SUBJECTS) + [2.0])
    columns = tuple((name,) for name in SUBJECTS) * 2 + tuple((*left, *right) for left, right in PAIRS) * 2
    taxonomy = Taxonomy(
        desks={name: Desk(id=name, name=name, watches_for=name) for name in SUBJECTS},
        topics={},
        themes={},
        tables={
            "concept": {name: {"decisive": [name]} for name in SUBJECTS},
            "company": {},
            "thresholds": {"on_topic": 0.55, "secondary": 0.25},
            "rule": {},
            "secondary_rule": [],
        },
    )
    linear = {
        name: LinearClassifier(SUBJECTS, columns, size, 1.0, weights, bias)
        for name, size in (("with_vectors", 384), ("without_vectors", 0))
    }
    return DeskClassifier(taxonomy, linear, {}, "all-MiniLM-L6-v2", "four desks")


def test_a_fourth_desk_gets_its_texts_and_none_that_are_off_topic(
    classifier_of_four_desks: DeskClassifier,
) -> None:
    classified = classifier_of_four_desks.classify_all(
        [text(f"All about {subject}") for subject in (*SUBJECTS, "gardens")]
    )
    assert [primary(one) for one in classified] == [*SUBJECTS, OFF_TOPIC]


def test_a_fourth_desk_can_be_secondary_and_off_topic_cannot(
    classifier_of_four_desks: DeskClassifier,
) -> None:
    classified = classifier_of_four_desks.classify(text("The law of space"))
    assert {desk.desk for desk in classified.desks} == {"law", "space"}


def test_a_fourth_desk_is_scored_among_all_labels(classifier_of_four_desks: DeskClassifier) -> None:
    scores = classifier_of_four_desks.score_labels(text("Space"))
    assert [one.desk for one in scores if one.is_primary] == ["space"]
    assert {one.desk for one in scores} == {*SUBJECTS, OFF_TOPIC}


def terms(classifier: DeskClassifier, title: str) -> set[str]:
    return {term.spelling for term in classifier.match([text(title)]).found[0]}
