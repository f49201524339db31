CREATE OR REPLACE VIEW runs AS
SELECT run_id, flow, run_key, state, started_at, heartbeat_at, ended_at, outcome, host, pid FROM store.runs;
COMMENT ON VIEW runs IS 'One row per run that ended. The run in progress is in the writer lock''s file, HOME/warehouse.lock.json.';
COMMENT ON COLUMN runs.run_id IS 'Stable id of the run.';
COMMENT ON COLUMN runs.flow IS 'ingest, backfill, enrich, publish, digest, maintain, backup or restore. Commands that only read have no row; see deliveries for sending.';
COMMENT ON COLUMN runs.run_key IS 'What the run covers: an hour such as 2026-08-17T06, a moment for a manual run, an ISO week for a digest.';
COMMENT ON COLUMN runs.state IS 'done, failed or killed.';
COMMENT ON COLUMN runs.started_at IS 'When it started, UTC.';
COMMENT ON COLUMN runs.heartbeat_at IS 'Its last heartbeat, UTC.';
COMMENT ON COLUMN runs.ended_at IS 'When it ended, UTC; for a killed run its last heartbeat.';
COMMENT ON COLUMN runs.outcome IS 'Its result or its error, in one line.';
COMMENT ON COLUMN runs.host IS 'Empty: what is published names no host.';
COMMENT ON COLUMN runs.pid IS '0: what is published names no process.';

CREATE OR REPLACE VIEW config_changes AS
SELECT change_id, changed_at, kind, value_before, value_after, detail,
    value_before IS NOT NULL AND kind = 'model' AS is_break
FROM store.config_changes;
COMMENT ON VIEW config_changes IS 'One row per change of the configuration that affects counts: the model, the classification, the feed list.';
COMMENT ON COLUMN config_changes.change_id IS 'Stable id of the change.';
COMMENT ON COLUMN config_changes.changed_at IS 'When it took effect, UTC.';
COMMENT ON COLUMN config_changes.kind IS 'model, classification or catalog.';
COMMENT ON COLUMN config_changes.value_before IS 'The value before; NULL for the first entry of a kind.';
COMMENT ON COLUMN config_changes.value_after IS 'The value from then on.';
COMMENT ON COLUMN config_changes.detail IS 'The change as text, for example the feeds that were added and removed.';
COMMENT ON COLUMN config_changes.is_break IS 'Whether it is marked in the charts: a change of the model. After it, as after a change of the classification, every article is classified again, and trends are withheld until that is done; after a change of the feed list only feeds watched throughout are compared.';
