-- items_one_dedupe_per_key: for keyed queues, whose ids come from the ordering key: what a second
-- enqueue with the same dedupe key meets. (Elsewhere it meets the primary key.)
CREATE UNIQUE INDEX IF NOT EXISTS {items}_one_dedupe_per_key
    ON leasehold.{items} (part, key, dedupe) WHERE dedupe IS NOT NULL
