-- audit_coverage: what the audit says about each part of queue $1, and whether its triggers stand.
-- Answers a row {part, on_at_us, switched_on, switched_off, firing} for each part; on_at_us is null
-- when the audit never began there. firing: 2 triggers of the part and 2 of the dead items.
WITH said AS (
    SELECT part,
           min(at) FILTER (WHERE what = 'switched_on') AS on_at,
           count(*) FILTER (WHERE what = 'switched_on') AS switched_on,
           count(*) FILTER (WHERE what = 'switched_off') AS switched_off
      FROM leasehold.item_audit
     WHERE queue = $1 AND item IS NULL
     GROUP BY part
), trigger_on AS (
    SELECT tgrelid, count(*) AS firing
      FROM pg_catalog.pg_trigger
     WHERE tgenabled IN ('O', 'A')
       AND (tgname IN ('audit_item', 'audit_claim')
            OR tgrelid = 'leasehold.dead_items'::regclass
               AND tgname IN ('note_burial_' || $1, 'audit_' || $1))
     GROUP BY tgrelid
)
SELECT p.part, (extract(epoch FROM s.on_at) * 1000000)::int8 AS on_at_us,
       coalesce(s.switched_on, 0) AS switched_on, coalesce(s.switched_off, 0) AS switched_off,
       coalesce(t.firing, 0) + coalesce(d.firing, 0) AS firing
  FROM leasehold.parts AS p
  LEFT JOIN said AS s ON s.part = p.part
  LEFT JOIN trigger_on AS t
    ON t.tgrelid = to_regclass(format('leasehold.items_%s_%s', p.queue, p.part))
  LEFT JOIN trigger_on AS d ON d.tgrelid = 'leasehold.dead_items'::regclass
 WHERE p.queue = $1
 ORDER BY p.part
