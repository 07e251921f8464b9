-- items_claimed_index: what the foreign key looks through when a lease ends, and a reaper frees.
CREATE INDEX IF NOT EXISTS items_{queue}_claimed
    ON leasehold.items_{queue} (claim) WHERE claim IS NOT NULL
