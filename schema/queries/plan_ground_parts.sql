-- plan_ground_parts: the plan of queue $1 so far, by part. Answers rows {part, planned_for, load}.
SELECT part, planned_for, load FROM leasehold.parts WHERE queue = $1 ORDER BY part
