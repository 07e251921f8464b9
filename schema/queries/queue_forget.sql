-- queue_forget: takes the last traces of queue $1 out, once its tables are dropped.
WITH leases AS (DELETE FROM leasehold.session_parts WHERE queue = $1 RETURNING queue),
     seats  AS (DELETE FROM leasehold.sessions WHERE queue = $1 RETURNING queue),
     vacant AS (DELETE FROM leasehold.vacant_seats WHERE queue = $1 RETURNING queue),
     wanted AS (DELETE FROM leasehold.help_wanted WHERE queue = $1 RETURNING queue),
     slices AS (DELETE FROM leasehold.parts WHERE queue = $1 RETURNING queue),
     dead   AS (DELETE FROM leasehold.dead_items WHERE queue = $1 RETURNING queue),
     log    AS (DELETE FROM leasehold.ownership_log WHERE queue = $1 RETURNING queue)
DELETE FROM leasehold.queues WHERE name = $1
