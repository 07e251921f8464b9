-- lease_held: the parts that session $1 holds. Answers rows {part, epoch}.
SELECT part, epoch FROM leasehold.session_parts WHERE id = $1::uuid ORDER BY part
