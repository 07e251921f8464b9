-- items_ready_index: what a claim looks through, smallest priority first, then the longest due. The
-- id last: items put in together are due together, and a claim goes on behind the one before it.
CREATE INDEX IF NOT EXISTS {items}_ready
    ON leasehold.{items} (priority, run_at, id) WHERE claim IS NULL
