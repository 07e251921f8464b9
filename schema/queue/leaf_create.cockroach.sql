-- leaf_create: part {part} begins a range of its own, so that the work on a queue is spread over
-- the nodes from its first item on.
ALTER TABLE leasehold.{items} SPLIT AT VALUES ({part})
