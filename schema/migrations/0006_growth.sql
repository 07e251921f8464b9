-- 0006 growth: a queue that was made with too few parts gets more: leasehold queue parts --grow.
-- breaking: no. Locks: queues for a moment.

ALTER TABLE leasehold.queues
    -- How many parts it is to have; until the last trace of the old ones is gone. Null: it keeps
    -- those that it has.
    ADD COLUMN grows_to int,
    ADD CONSTRAINT a_queue_grows_to_2_to_1024_parts CHECK (grows_to BETWEEN 2 AND 1024),
    ADD CONSTRAINT a_queue_that_grows_says_how_far
        CHECK (state <> 'growing' OR grows_to > part_count);

-- The part of an id in each queue. Whoever enqueues asks this function, which is made anew when the
-- queue grows, instead of remembering a part count. (An immutable function that changes: all plans
-- that it is part of are made anew, too.)
DO $make$
DECLARE
    queue record;
BEGIN
    FOR queue IN SELECT name, part_count FROM leasehold.queues LOOP
        EXECUTE format('CREATE FUNCTION leasehold.%I(id uuid) RETURNS int '
                       'LANGUAGE sql IMMUTABLE PARALLEL SAFE '
                       'AS $$ SELECT leasehold.part_of(id, %s) $$',
                       'items_' || queue.name || '_part', queue.part_count);
    END LOOP;
END
$make$;

-- The rights that people gave on the table `old` and its columns, and its owner, for `new` as well.
CREATE FUNCTION leasehold.hand_down_rights(old regclass, new regclass) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    owner text;
    given record;
BEGIN
    SELECT o.relowner::regrole::text INTO owner
      FROM pg_catalog.pg_class AS o
      JOIN pg_catalog.pg_class AS n ON n.oid = new AND n.relowner <> o.relowner
     WHERE o.oid = old;
    IF owner IS NOT NULL THEN
        EXECUTE format('ALTER TABLE %s OWNER TO %s', new, owner);
    END IF;
    FOR given IN
        SELECT a.grantee, a.privilege_type AS what, a.is_grantable, '' AS columns
          FROM pg_catalog.pg_class AS c
         CROSS JOIN LATERAL aclexplode(c.relacl) AS a
         WHERE c.oid = old AND a.grantee <> c.relowner
        UNION ALL
        SELECT a.grantee, a.privilege_type, a.is_grantable, format('(%I)', c.attname)
          FROM pg_catalog.pg_attribute AS c
         CROSS JOIN LATERAL aclexplode(c.attacl) AS a
         WHERE c.attrelid = old
    LOOP
        EXECUTE format('GRANT %s %s ON %s TO %s %s', given.what, given.columns, new,
                       CASE given.grantee WHEN 0 THEN 'PUBLIC'
                                          ELSE given.grantee::regrole::text END,
                       CASE WHEN given.is_grantable THEN 'WITH GRANT OPTION' END);
    END LOOP;
END
$$;
