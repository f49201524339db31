"""What desks, topics and themes are called, and what they watch for, in a reader's words."""

from __future__ import annotations

WATCHED = {
    "export_controls": "State measures on the cross-border movement of AI-relevant goods, software, weights, data, capital "
    "and people; evasion, enforcement, retaliation, measured effects.",
    "arms_race": "Development, acquisition, deployment and doctrine of AI for defence, intelligence or coercion; escalation "
    "and arms control.",
    "regulation": "Rules, institutions, standards, litigation and enforcement that shape how AI is built, released or used.",
}

THEMES = {
    "dual_use": ("Dual use", "civil technology with military or coercive use"),
    "surveillance_biometrics": ("Surveillance and biometrics", "from face recognition to mass tracking"),
    "info_operations": ("Information operations", "deepfakes, propaganda, disinformation, elections"),
    "cyber": ("Cyber", "AI in defence, offence and espionage; attacks on critical systems"),
    "data_collection": ("Data collection", "mass data as a strategic asset; breaches"),
    "law_enforcement": ("Law enforcement", "police, border and justice uses"),
    "malicious_use": ("Malicious use", "criminals and terrorists"),
    "escalation_risk": ("Escalation risk", "miscalculation, unintended engagement, instability"),
    "power_balance": ("Power balance", "shifts in military or economic order"),
    "cooperation": ("Cooperation", "dialogue, joint events, confidence-building"),
    "socioeconomic": ("Socio-economic effects", "automation, jobs and inequality as a security matter"),
    "openness_tension": ("Openness", "open research or weights against control"),
    "regulatory_burden": ("Regulatory burden", "over-regulation, exodus, non-compliance"),
    "opacity": ("Opacity", "black boxes and explainability"),
    "awareness_education": ("Awareness and education", "public debate, training, literacy"),
    "beneficial_use": ("Beneficial use", "protection of infrastructure, development goals, services"),
}

_CAPITALS = {"ai", "eu", "us", "uk"}


def readable(id_: str) -> str:
    """An id as words: `eu_ai_act` as EU AI act, `comment_closes` as Comment closes."""
    words = " ".join(word.upper() if word in _CAPITALS else word for word in id_.split("_"))
    return words[:1].upper() + words[1:]
