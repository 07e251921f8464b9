-- items_renew_checks: the table of all items loses the checks that take long; each part's table has
-- the range of its ids by now.
ALTER TABLE leasehold.{items}
    DROP CONSTRAINT IF EXISTS an_item_lies_in_the_part_of_its_id,
    DROP CONSTRAINT IF EXISTS an_id_does_not_begin_with_the_time,
    ADD CONSTRAINT an_id_does_not_begin_with_the_time
        CHECK (get_byte(uuid_send(id), 6) NOT BETWEEN 96 AND 127)
