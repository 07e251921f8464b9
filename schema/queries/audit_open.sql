-- audit_open: a cursor over all that is known of the items of queue $1, item by item: the audit's
-- rows in the order in which they happened, then what lies in {items} and in the dead items now.
-- Rows {item, part, seq, what, session, token, attempt, at_us}, to be fetched with audit_fetch. The
-- server sorts once, on disk when it is much.
DECLARE audit_of_items NO SCROLL CURSOR FOR
SELECT item, part, seq, what, session, token, attempt,
       (extract(epoch FROM at) * 1000000)::int8 AS at_us
  FROM (SELECT item, part, seq, what, session, token, attempt, at
          FROM leasehold.item_audit
         WHERE queue = $1 AND item IS NOT NULL
        UNION ALL
        SELECT id, part, 9223372036854775807, 'present', claim, token, attempt, now()
          FROM {items}
        UNION ALL
        SELECT id, part, 9223372036854775807, 'dead', NULL, token, attempt, died_at
          FROM leasehold.dead_items
         WHERE queue = $1) AS known
 ORDER BY item, seq
