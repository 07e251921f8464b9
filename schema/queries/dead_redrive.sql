-- dead_redrive: puts up to $8 dead items of queue $1 back, due now and with all attempts ahead; the
-- filter is dead_list's. An item keeps its id and key, and its tokens begin above all that were
-- given out: an old claim cannot end the new run. Of several deaths of one id the last is looked
-- at. An item stays dead while a pending one has its id or dedupe key.
-- Rings when any is back.
-- Answers rows {id, died_at, back}, by time of death; goes on behind $9, $10.
-- By index and by place, whatever the statistics say: many may have died since they were made.
WITH chosen AS MATERIALIZED (
    SELECT d.*, d.ctid AS place
      FROM leasehold.dead_items AS d
     WHERE d.queue = $1
       AND ($2::uuid[] IS NULL OR d.id = ANY ($2::uuid[]))
       AND ($3::text IS NULL OR d.reason = $3)
       AND ($4::text IS NULL OR position($4 IN d.last_error) > 0)
       AND ($5::text IS NULL OR d.key = $5)
       AND ($6::timestamptz IS NULL OR d.died_at >= $6)
       AND ($7::timestamptz IS NULL OR d.died_at < $7)
       AND (d.died_at, d.id) > ($9::timestamptz, $10::uuid)
       AND d.died_at = (SELECT max(l.died_at)
                          FROM leasehold.dead_items AS l
                         WHERE l.queue = d.queue AND l.id = d.id)
     ORDER BY d.died_at, d.id
     LIMIT $8::int8
), back AS (
    INSERT INTO {items} (part, id, payload, key, dedupe, priority, max_attempts, created_at, token,
                         last_error, errors)
    SELECT {items}_part(id), id, payload, key, dedupe, priority, max_attempts, created_at,
           greatest(token, leasehold.first_token()), last_error, errors
      FROM chosen
    ON CONFLICT DO NOTHING
    RETURNING id
), gone AS (
    DELETE FROM leasehold.dead_items AS d
     WHERE d.queue = $1
       AND d.ctid = ANY (ARRAY(SELECT c.place FROM chosen AS c JOIN back AS b ON b.id = c.id))
)
SELECT c.id, c.died_at, b.id IS NOT NULL AS back,
       (SELECT leasehold.ring($1, NULL) WHERE EXISTS (SELECT 1 FROM back)) AS rung
  FROM chosen AS c
  LEFT JOIN back AS b ON b.id = c.id
 ORDER BY c.died_at, c.id
