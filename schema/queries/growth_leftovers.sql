-- growth_leftovers: the tables of the parts of the table $1, if it is there. Answers rows {name}.
SELECT c.relname AS name
  FROM pg_catalog.pg_inherits AS i
  JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
 WHERE i.inhparent = to_regclass('leasehold.' || $1::text)
 ORDER BY c.oid
