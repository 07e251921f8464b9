-- table_drop: a table that a growth of the queue made, or put away.
DROP TABLE IF EXISTS leasehold.{table}
