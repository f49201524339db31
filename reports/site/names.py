"""What desks and themes watch for, in a reader's words; what they are called stands in reports.names."""

from __future__ import annotations

from reports.names import TOPICS

WATCHED_BY_DESK = {
    "export_controls": "State measures on the cross-border movement of AI-relevant goods, software, weights, data, capital "
    "and people; evasion, enforcement, retaliation, measured effects.",
    "arms_race": "Development, acquisition, deployment and doctrine of AI for defence, intelligence or coercion; escalation "
    "and arms control.",
    "regulation": "Rules, institutions, standards, litigation and enforcement that shape how AI is built, released or used.",
}

WATCHED_BY_THEME = {
    "dual_use": "Civil technology with military or coercive use.",
    "surveillance_biometrics": "From face recognition to mass tracking.",
    "info_operations": "Deepfakes, propaganda, disinformation, elections.",
    "cyber": "AI in defence, offence and espionage; attacks on critical systems.",
    "data_collection": "Mass data as a strategic asset; breaches.",
    "law_enforcement": "Police, border and justice uses.",
    "malicious_use": "Criminals and terrorists.",
    "escalation_risk": "Miscalculation, unintended engagement, instability.",
    "power_balance": "Shifts in military or economic order.",
    "cooperation": "Dialogue, joint events, confidence-building.",
    "socioeconomic": "Automation, jobs and inequality as a security matter.",
    "openness_tension": "Open research or weights against control.",
    "regulatory_burden": "Over-regulation, exodus, non-compliance.",
    "opacity": "Black boxes and explainability.",
    "awareness_education": "Public debate, training, literacy.",
    "beneficial_use": "Protection of infrastructure, development goals, services.",
}

_TOPIC_NAMES = {topic: name for topics in TOPICS.values() for topic, name in topics.items()}
_CAPITALS = {"ai", "eu", "us", "uk"}


def readable(id_: str) -> str:
    """An id as words: a topic by its name, any other as it is written, `comment_closes` as Comment closes."""
    if id_ in _TOPIC_NAMES:
        return _TOPIC_NAMES[id_]
    words = " ".join(word.upper() if word in _CAPITALS else word for word in id_.split("_"))
    return words[:1].upper() + words[1:]
