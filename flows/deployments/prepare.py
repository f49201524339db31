"""Runs before `prefect deploy --all`: sets the pool's limit and the automations for failed and late runs."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from uuid import UUID

from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolUpdate
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ActionTypes, ChangeFlowRunState, DoNothing, SendNotification
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.types import SecretDict

from flows.settings import Settings

PREFIX = "watchfloor: "
# A run sends a heartbeat every 30 s (prefect.yaml). Allow for three of them: with Prefect's default of one
# every 180 s this automation crashed healthy runs.
SILENCE = timedelta(seconds=90)
# Between Pending and Running a process starts and imports: 5 to 20 s, more under load.
START = timedelta(seconds=120)
_ENDS = {f"prefect.flow-run.{state}" for state in ("Completed", "Skipped", "Failed", "Cancelled", "Crashed")}
_RUNS = ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]})


def automations(alert_block: UUID | None) -> list[AutomationCore]:
    """Returns all automations.

    Alerts go through the block; without one they are only seen in the event feed.
    """
    return [
        _crash("crash silent runs", {"prefect.flow-run.heartbeat"}, SILENCE, "no heartbeat for 90 s"),
        _crash(
            "crash runs that never start", {"prefect.flow-run.Pending"}, START, "did not start within 120 s"
        ),
        _alert("a run failed", _on({"prefect.flow-run.Failed", "prefect.flow-run.Crashed"}), alert_block),
        _alert("a run is late", LATE, alert_block),
        _alert(
            "a feed needs a person", _on({"watchfloor.feed.stale"}, about="watchfloor.feed.*"), alert_block
        ),
    ]


def _crash(name: str, after: set[str], within: timedelta, message: str) -> AutomationCore:
    """Crashes a run that sends nothing after the event `after`.

    Its worker died with it, and Prefect would keep its slot.
    """
    alive = {"prefect.flow-run.heartbeat", "prefect.flow-run.Running"}
    return AutomationCore(
        name=PREFIX + name,
        description="Frees the slot that a dead run holds; the next run continues where it stopped.",
        trigger=EventTrigger(
            after=after,
            expect=alive | _ENDS,
            match=_RUNS,
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=within,
        ),
        actions=[ChangeFlowRunState(name=None, state=StateType.CRASHED, message=message, force=False)],
    )


def _on(events: set[str], about: str = "prefect.flow-run.*") -> EventTrigger:
    return EventTrigger(
        expect=events,
        match=ResourceSpecification({"prefect.resource.id": [about]}),
        for_each={"prefect.resource.id"},
        posture=Posture.Reactive,
        threshold=1,
    )


# Prefect calls a run late after 15 s, which is normal while another run has the only slot.
LATE = EventTrigger(
    after={"prefect.flow-run.Late"},
    expect={"prefect.flow-run.Pending", "prefect.flow-run.Running", *_ENDS},
    match=_RUNS,
    for_each={"prefect.resource.id"},
    posture=Posture.Proactive,
    threshold=1,
    within=timedelta(minutes=30),
)


def _alert(name: str, trigger: EventTrigger, block: UUID | None) -> AutomationCore:
    action: ActionTypes = DoNothing()
    if block is not None:
        action = SendNotification(
            block_document_id=block,
            subject=f"Watchfloor: {name}",
            body="{{ event.event }}: {{ event.resource.name }} {{ event.payload }}",
        )
    return AutomationCore(
        name=PREFIX + name,
        description="Alerts the operator, if WATCHFLOOR_ALERT_URL was set when `prefect deploy --all` ran.",
        trigger=trigger,
        actions=[action],
    )


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
