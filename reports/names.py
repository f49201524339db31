"""What desks, topics and themes are called in print; entities bring their names along."""

from __future__ import annotations

DESKS = {
    "export_controls": "Export controls and technology flows",
    "arms_race": "Arms race and military AI",
    "regulation": "Regulation and governance",
}
# Topics by desk, in the order of the taxonomy.
TOPICS = {
    "export_controls": {
        "us_rules_lists": "US rules and lists",
        "allied_controls": "Allied controls",
        "china_countermeasures": "Chinese counter-measures",
        "enforcement_smuggling": "Enforcement and smuggling",
        "licensing_decisions": "Licensing decisions",
        "cloud_and_weights": "Cloud access and model weights",
        "investment_screening": "Investment screening",
        "supply_chain_minerals": "Supply chain and minerals",
        "effects_and_evasion": "Effects and evasion",
        "legislation_on_controls": "Legislation on controls",
    },
    "arms_race": {
        "autonomous_weapons": "Autonomous weapons",
        "decision_support_targeting": "Decision support and targeting",
        "procurement_and_partnerships": "Procurement and partnerships",
        "doctrine_and_human_control": "Doctrine and human control",
        "cyber_and_intelligence": "Cyber and intelligence",
        "nuclear_and_strategic_stability": "Nuclear and strategic stability",
        "battlefield_use": "Battlefield use",
        "arms_control_diplomacy": "Arms control diplomacy",
        "capability_balance": "Balance of capability",
        "incidents_and_miscalculation": "Incidents and miscalculation",
    },
    "regulation": {
        "eu_ai_act": "EU AI Act",
        "us_federal": "US federal rules",
        "us_states": "US states",
        "china_rules": "Chinese rules",
        "uk_and_other_national": "UK and other national rules",
        "multilateral": "Multilateral governance",
        "frontier_safety_and_evals": "Frontier safety and evaluations",
        "standards_and_procurement": "Standards and procurement",
        "enforcement_and_courts": "Enforcement and courts",
        "law_enforcement_and_borders": "Law enforcement and borders",
        "privacy_and_data": "Privacy and data",
        "industrial_policy": "Industrial policy",
    },
}
THEMES = {
    "dual_use": "Dual use",
    "surveillance_biometrics": "Surveillance and biometrics",
    "info_operations": "Information operations",
    "cyber": "Cyber",
    "data_collection": "Data collection",
    "law_enforcement": "Law enforcement",
    "malicious_use": "Malicious use",
    "escalation_risk": "Escalation risk",
    "power_balance": "Balance of power",
    "cooperation": "Cooperation",
    "socioeconomic": "Jobs and inequality",
    "openness_tension": "Openness against control",
    "regulatory_burden": "Regulatory burden",
    "opacity": "Opacity",
    "awareness_education": "Awareness and education",
    "beneficial_use": "Beneficial use",
}
