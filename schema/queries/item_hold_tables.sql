-- item_hold_tables: until the end of the transaction the queue of {items} cannot grow. Whoever
-- grows it locks this table before its parts.
LOCK TABLE ONLY {items} IN {mode} MODE
