"""The Prefect flows and what they need. The only folder that imports Prefect."""
