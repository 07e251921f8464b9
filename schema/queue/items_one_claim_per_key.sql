-- items_one_claim_per_key: for keyed queues: the database itself refuses a second claim of a key.
CREATE UNIQUE INDEX IF NOT EXISTS {items}_one_claim_per_key
    ON leasehold.{items} (part, key) WHERE claim IS NOT NULL
