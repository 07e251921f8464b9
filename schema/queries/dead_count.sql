-- dead_count: how many items of queue $1 were given up. Answers one row {count}.
SELECT count(*) FROM leasehold.dead_items WHERE queue = $1
