-- item_claim_by_lease: see item_claim_by_lease.sql. Here the part is a range of the one table, and
-- the order of the index is walked from wherever the last claim stopped, over all priorities.
SELECT i.id, i.payload, i.key, i.priority, i.attempt, i.max_attempts, i.token,
       round(extract(epoch FROM i.run_at) * 1000000)::int8 AS run_at_us,
       i.cancel_asked_at IS NOT NULL AS cancel_asked
  FROM {items} AS i
 WHERE i.part = $2::int8 AND i.claim IS NULL AND i.run_at <= now()
   AND (i.priority, i.run_at, i.id) >
       ($4::int8, timestamptz 'epoch' + $5::int8 * interval '1 microsecond', $6::uuid)
   AND EXISTS (SELECT 1 FROM leasehold.session_parts
                WHERE id = $1::uuid AND part = $2::int8 AND epoch = $7::int8 AND role = 'owner')
 ORDER BY i.priority, i.run_at, i.id LIMIT $3::int8
