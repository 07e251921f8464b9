-- lease_list: who owns which part of queue $1. Answers rows {part, id, epoch}.
SELECT part, id, epoch
  FROM leasehold.session_parts
 WHERE queue = $1 AND role = 'owner'
 ORDER BY part
