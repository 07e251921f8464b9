-- ownership_changes: the ownership log of queue $1, part by part, in the order of its terms.
-- Answers rows {part, epoch, helps, from_session, to_session, reason, at_us}; of one term, the
-- taking by its owner comes first. Helpers come in the term in which they began, each as often as
-- it helped in it.
SELECT part, epoch, role = 'helper' AS helps, from_session, to_session, reason,
       round(extract(epoch FROM at) * 1000000)::int8 AS at_us
  FROM leasehold.ownership_log
 WHERE queue = $1
 ORDER BY part, epoch, role = 'helper', CASE WHEN role = 'owner' THEN to_session IS NULL END, at,
          to_session IS NULL
