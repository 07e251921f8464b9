-- item_go_on_by_lease: as item_claim_by_lease, but only of the priority $4 of the place: a
-- statement that the server begins sooner, for the long way through a backlog.
SELECT i.id, i.payload, i.key, i.priority, i.attempt, i.max_attempts, i.token,
       (date_part('epoch', i.run_at) * 1000000)::int8 AS run_at_us,
       i.cancel_asked_at IS NOT NULL AS cancel_asked
  FROM {items} AS i
 WHERE i.claim IS NULL AND i.priority = $4::int AND i.run_at <= now()
   AND (i.run_at, i.id) > (timestamptz 'epoch' + $5::int8 * interval '1 microsecond', $6::uuid)
   AND EXISTS (SELECT FROM leasehold.session_parts
                WHERE id = $1::uuid AND part = $2::int AND epoch = $7::int8 AND role = 'owner')
 ORDER BY i.run_at, i.id LIMIT $3::int
