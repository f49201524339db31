"""What `prefect deploy --all` runs before each deployment: sets the pool's limit and the automations."""

from __future__ import annotations

from functools import cache
from uuid import UUID

from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolUpdate
from prefect.types import SecretDict

from flows.deployments.automations import automations
from flows.settings import Settings

POOL = "warehouse"
ALERT_BLOCK = "watchfloor-alert"


@cache  # once for all deployments of a `prefect deploy --all`
def prepare() -> dict[str, str]:
    """Creates or replaces what deployments need on the server; returns the values for their schedules."""
    settings = Settings()
    with get_client(sync_client=True) as client:
        client.update_work_pool(POOL, WorkPoolUpdate(concurrency_limit=1))  # one DuckDB file, one writer
        _replace_automations(client, _alert_block(client, settings))
    return {"timezone": settings.timezone}


def _replace_automations(client: SyncPrefectClient, alert: UUID | None) -> None:
    wanted = automations(alert)
    existing = [found.id for one in wanted for found in client.read_automations_by_name(one.name)]
    for one in wanted:
        client.create_automation(one)
    for old in existing:  # last, so that a run that dies meanwhile is seen by one of them
        client.delete_automation(old)


def _alert_block(client: SyncPrefectClient, settings: Settings) -> UUID | None:
    """Stores the webhook's address on the server as a secret, so that it is not in each automation."""
    if settings.alert_url is None:
        return None
    block = CustomWebhookNotificationBlock(
        name=ALERT_BLOCK,
        url="{{address}}",
        secrets=SecretDict({"address": settings.alert_url.get_secret_value()}),
        json_data={"text": "{{subject}}\n{{body}}"},
        headers=None,
        cookies=None,
    )
    block.save(ALERT_BLOCK, overwrite=True)
    return client.read_block_document_by_name(ALERT_BLOCK, block.get_block_type_slug()).id
