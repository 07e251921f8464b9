-- view_create: what other programs see of a queue, and where they INSERT. Columns are documented in
-- docs/sql.md and only ever added to.
CREATE OR REPLACE VIEW leasehold.queue_{queue} AS
SELECT id, payload, key, priority, run_at, attempt, max_attempts, created_at,
       part, claim, token, last_error, dedupe, errors, progress, note, cancel_asked_at
  FROM leasehold.items_{queue}
