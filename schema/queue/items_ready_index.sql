-- items_ready_index: what a claim looks through, smallest priority first, then the longest due.
CREATE INDEX IF NOT EXISTS {items}_ready
    ON leasehold.{items} (priority, run_at, id) WHERE claim IS NULL
