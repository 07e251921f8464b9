-- items_claimed_index: what the foreign key looks through when a lease ends, and a reaper frees.
CREATE INDEX IF NOT EXISTS {items}_claimed
    ON leasehold.{items} (claim) WHERE claim IS NOT NULL
