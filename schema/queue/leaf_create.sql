-- leaf_create: the table of one part. Vacuumed early and without pauses: a leaf is small, every
-- item leaves at least two dead rows behind it, and dead rows are what slows a claim down.
-- That ids lie in their parts is checked here, as a range: to compute the part of an id takes fifty
-- times as long, and every claim would do it.
CREATE TABLE IF NOT EXISTS leasehold.{items}_{part}
    PARTITION OF leasehold.{items} FOR VALUES IN ({part})
    WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500,
          autovacuum_vacuum_cost_delay = 0);
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint
                    WHERE conrelid = 'leasehold.{items}_{part}'::regclass
                      AND conname = 'an_item_lies_in_the_part_of_its_id') THEN
        EXECUTE format('ALTER TABLE leasehold.{items}_{part} '
                       'ADD CONSTRAINT an_item_lies_in_the_part_of_its_id '
                       'CHECK (id >= %L AND id <= %L)',
                       leasehold.lowest_id({part}, {parts}), leasehold.highest_id({part}, {parts}));
    END IF;
END
$$
