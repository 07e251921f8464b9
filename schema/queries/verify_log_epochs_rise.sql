-- verify_log_epochs_rise (I1): in the ownership log of queue $1 a part's epochs rise with time, and
-- none is beyond the part's last. (Helpers may end later than the epoch in which they began.) Times
-- are the server's; when it is set back a little, or one statement logs two rows, neighbours may
-- come out of order. So only what lies a second apart is compared.
-- Answers one row {looked_at, wrong, examples}.
WITH looked AS (
    SELECT l.part, l.epoch, l.at, l.role, p.epoch AS last,
           max(l.epoch) FILTER (WHERE l.role = 'owner')
               OVER (PARTITION BY l.part ORDER BY l.at
                     RANGE BETWEEN UNBOUNDED PRECEDING AND '1 second' PRECEDING) AS earlier
      FROM leasehold.ownership_log AS l
      LEFT JOIN leasehold.parts AS p ON p.queue = l.queue AND p.part = l.part
     WHERE l.queue = $1
), wrong AS (
    SELECT format('part %s was in epoch %s at %s, and in epoch %s before', part, epoch, at, earlier)
               AS what
      FROM looked
     WHERE earlier > epoch AND role = 'owner'
    UNION ALL
    SELECT format('part %s was in epoch %s at %s, but its last epoch is %s', part, epoch, at,
                  coalesce(last::text, 'none'))
      FROM looked
     WHERE last IS NULL OR epoch > last
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
