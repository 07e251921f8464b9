-- leaf_renewed: the check gets the name that it has in new tables.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_constraint
                WHERE conrelid = 'leasehold.{items}_{part}'::regclass AND conname = 'renewed') THEN
        ALTER TABLE leasehold.{items}_{part}
            RENAME CONSTRAINT renewed TO an_item_lies_in_the_part_of_its_id;
    END IF;
END
$$
