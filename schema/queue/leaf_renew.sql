-- leaf_renew: the table of one part that an earlier version made gets what leaf_create gives a new
-- one. Its own check has another name until the old one, which it inherits, is gone.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint
                    WHERE conrelid = 'leasehold.{items}_{part}'::regclass AND coninhcount = 0
                      AND conname IN ('an_item_lies_in_the_part_of_its_id', 'renewed')) THEN
        EXECUTE format('ALTER TABLE leasehold.{items}_{part} '
                       'ADD CONSTRAINT renewed CHECK (id >= %L AND id <= %L)',
                       leasehold.lowest_id({part}, {parts}), leasehold.highest_id({part}, {parts}));
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_indexes
                    WHERE schemaname = 'leasehold' AND tablename = '{items}_{part}'
                      AND indexdef LIKE '% (priority, run_at, id) WHERE (claim IS NULL)') THEN
        CREATE INDEX ON leasehold.{items}_{part} (priority, run_at, id) WHERE claim IS NULL;
    END IF;
END
$$
