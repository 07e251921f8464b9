-- items_claimed_index: who looks for a session's claims, and the foreign key when a lease ends.
CREATE INDEX IF NOT EXISTS {items}_claimed
    ON leasehold.{items} (claim, claim_part) WHERE claim IS NOT NULL
