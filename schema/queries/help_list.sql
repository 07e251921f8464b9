-- help_list: the parts of queue $1 in which help is wanted and session $2 may help: it holds no
-- lease there, and fewer than $3 help already. The longest waiting first; rows {part}.
-- A hint, read outside SERIALIZABLE; help_take looks again.
SELECT w.part
  FROM leasehold.help_wanted AS w
 WHERE w.queue = $1 AND w.asked_at > clock_timestamp() - interval '2 seconds'
   AND NOT EXISTS (SELECT 1
                     FROM leasehold.session_parts AS h
                    WHERE h.id = $2::uuid AND h.part = w.part)
   AND (SELECT count(*)
          FROM leasehold.session_parts AS h
         WHERE h.queue = $1 AND h.part = w.part AND h.role = 'helper') < $3::int
 ORDER BY w.since, w.part
 LIMIT 64
