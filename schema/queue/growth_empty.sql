-- growth_empty: the new part {part} is empty again, if a growth that was cut off had come so far.
DO $$
BEGIN
    IF EXISTS (SELECT FROM leasehold.grown_{queue}_{part}) THEN
        TRUNCATE leasehold.grown_{queue}_{part};
    END IF;
END
$$
