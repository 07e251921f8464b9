-- items_ready_index: what a claim looks for, in its order. See items_ready_index.sql.
CREATE INDEX IF NOT EXISTS {items}_ready
    ON leasehold.{items} (part, priority, run_at, id) WHERE claim IS NULL
