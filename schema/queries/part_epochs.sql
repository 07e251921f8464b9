-- part_epochs: every part of queue $1 with its last epoch. Answers rows {part, epoch}.
SELECT part, epoch FROM leasehold.parts WHERE queue = $1 ORDER BY part
