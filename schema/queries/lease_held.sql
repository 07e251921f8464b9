-- lease_held: the parts that session $1 holds, as their owner or helping.
-- Answers rows {part, epoch, role}.
SELECT part, epoch, role FROM leasehold.session_parts WHERE id = $1::uuid ORDER BY part
