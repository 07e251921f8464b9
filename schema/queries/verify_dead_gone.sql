-- verify_dead_gone (I4): no item of queue $1 is both dead and still to be done. An id may be
-- enqueued anew after its item died, and be claimed as often: only the time at which the item was
-- made tells the two apart.
-- Answers one row {looked_at, wrong, examples}.
WITH looked AS (
    SELECT id, created_at, died_at FROM leasehold.dead_items WHERE queue = $1
), wrong AS (
    SELECT format('item %s of %s died at %s and is there still', d.id, d.created_at,
                  d.died_at) AS what
      FROM looked AS d
      JOIN {items} AS i ON i.id = d.id AND i.created_at = d.created_at
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
