-- index_names: the indexes of the table {table}, whose names begin with {from}, are named after it
-- again. Both words are of one length, so no name becomes too long. A name that is taken is left.
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT c.relname AS old, '{to}' || substr(c.relname, length('{from}') + 1) AS new
          FROM pg_catalog.pg_index AS i
          JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
         WHERE i.indrelid = 'leasehold.{table}'::regclass AND starts_with(c.relname, '{from}')
    LOOP
        IF to_regclass(format('leasehold.%I', one.new)) IS NULL THEN
            EXECUTE format('ALTER INDEX leasehold.%I RENAME TO %I', one.old, one.new);
        END IF;
    END LOOP;
END
$$
