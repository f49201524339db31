"""The Prefect flows and what they share. The only folder that imports Prefect."""
