-- lease_helping: who helps in which part of queue $1. Answers rows {part, id}.
SELECT part, id FROM leasehold.session_parts WHERE queue = $1 AND role = 'helper' ORDER BY part, id
