CREATE OR REPLACE VIEW issues AS
SELECT week, watermark, generated_at, article_count, story_count, content_hash,
    watermark = max(watermark) OVER (PARTITION BY week) AS is_latest
FROM store.issues;
COMMENT ON VIEW issues IS 'One row per issue of the weekly digest as it was made. A week may have several, each with its data cut-off.';
COMMENT ON COLUMN issues.week IS 'ISO week it covers, as 2026-W33.';
COMMENT ON COLUMN issues.watermark IS 'Data cut-off: nothing first seen later is in it, UTC.';
COMMENT ON COLUMN issues.generated_at IS 'When the issue as it stands was made, UTC.';
COMMENT ON COLUMN issues.article_count IS 'Articles counted in the week, as known then.';
COMMENT ON COLUMN issues.story_count IS 'Stories counted in the week, as known then.';
COMMENT ON COLUMN issues.content_hash IS 'Hash of its content: the same data and configuration give the same hash.';
COMMENT ON COLUMN issues.is_latest IS 'Whether no issue of the week has a later cut-off.';

CREATE OR REPLACE VIEW issue_desks AS
SELECT week, watermark, desk, story_count FROM store.issue_desks;
COMMENT ON VIEW issue_desks IS 'The stories of each issue at each desk.';
COMMENT ON COLUMN issue_desks.week IS 'ISO week of the issue.';
COMMENT ON COLUMN issue_desks.watermark IS 'Data cut-off of the issue, UTC.';
COMMENT ON COLUMN issue_desks.desk IS 'The desk.';
COMMENT ON COLUMN issue_desks.story_count IS 'Stories counted at the desk.';

CREATE OR REPLACE VIEW digests AS
SELECT week, generated_at, watermark, article_count, story_count FROM issues WHERE is_latest;
COMMENT ON VIEW digests IS 'One row per week that has an issue: the one with the latest data cut-off.';
COMMENT ON COLUMN digests.week IS 'ISO week it covers, as 2026-W33.';
COMMENT ON COLUMN digests.generated_at IS 'When the issue as it stands was made, UTC.';
COMMENT ON COLUMN digests.watermark IS 'Data cut-off: nothing first seen later is in it, UTC.';
COMMENT ON COLUMN digests.article_count IS 'Articles counted in the week.';
COMMENT ON COLUMN digests.story_count IS 'Stories counted in the week.';

CREATE OR REPLACE VIEW deliveries AS
SELECT week, edition, channel, recipient_key, recipient, status, is_permanent, message_id, attempts, claimed_at, finished_at, detail
FROM store.deliveries;
COMMENT ON VIEW deliveries IS 'One row per edition of an issue and recipient.';
COMMENT ON COLUMN deliveries.week IS 'ISO week of the issue.';
COMMENT ON COLUMN deliveries.edition IS 'First twelve hex digits of the SHA-256 of the message: an issue with other content is another edition.';
COMMENT ON COLUMN deliveries.channel IS 'email or chat.';
COMMENT ON COLUMN deliveries.recipient_key IS 'Hash of the address by a secret of the home; neither is published.';
COMMENT ON COLUMN deliveries.recipient IS 'The masked address.';
COMMENT ON COLUMN deliveries.status IS 'claimed: being sent; sent: the server accepted it; failed: the server did not accept it; unknown: it may have, as the run or the connection ended before its response.';
COMMENT ON COLUMN deliveries.is_permanent IS 'Whether the server rejected a failed delivery for good.';
COMMENT ON COLUMN deliveries.message_id IS 'Message-ID of the mail, the same at every attempt; empty for chat.';
COMMENT ON COLUMN deliveries.attempts IS 'Number of attempts.';
COMMENT ON COLUMN deliveries.claimed_at IS 'When it was last claimed, UTC; if it never was, when it failed.';
COMMENT ON COLUMN deliveries.finished_at IS 'When its result was recorded, UTC; NULL while there is none.';
COMMENT ON COLUMN deliveries.detail IS 'The server''s response, or the error message.';
