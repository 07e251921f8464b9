-- part_epochs: every part of queue $1 with its last epoch, and the session that it is planned for.
-- Answers rows {part, epoch, planned_for}.
SELECT part, epoch, planned_for FROM leasehold.parts WHERE queue = $1 ORDER BY part
