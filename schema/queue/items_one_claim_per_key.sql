-- items_one_claim_per_key: for keyed queues: the database itself refuses a second claim of a key.
CREATE UNIQUE INDEX IF NOT EXISTS items_{queue}_one_claim_per_key
    ON leasehold.items_{queue} (part, key) WHERE claim IS NOT NULL
