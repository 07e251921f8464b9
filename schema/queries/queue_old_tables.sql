-- queue_old_tables: the queues of which a part's table was made by an earlier version and is not
-- renewed yet. Answers rows {name}.
SELECT q.name
  FROM leasehold.queues AS q
 WHERE q.state IN ('creating', 'ready')
   AND EXISTS (SELECT 1
                 FROM pg_catalog.pg_inherits AS i
                WHERE i.inhparent = to_regclass(format('leasehold.%I', 'items_' || q.name))
                  AND NOT EXISTS (SELECT 1
                                    FROM pg_catalog.pg_constraint AS c
                                   WHERE c.conrelid = i.inhrelid AND c.coninhcount = 0
                                     AND c.conname = 'an_item_lies_in_the_part_of_its_id'))
 ORDER BY q.name
