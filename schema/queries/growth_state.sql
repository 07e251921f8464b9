-- growth_state: how far the growth of queue $1 is, locked against others who would change it.
-- Answers one row {state, part_count, grows_to}, or none.
SELECT state, part_count, grows_to FROM leasehold.queues WHERE name = $1 FOR UPDATE
