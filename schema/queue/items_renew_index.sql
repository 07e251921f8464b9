-- items_renew_index: the index without ids goes. items_ready_index then makes one of what
-- leaf_renew has made.
DROP INDEX IF EXISTS leasehold.{items}_ready
