-- item_hold_to_read: until the end of the transaction the queue of {items} cannot get other tables.
-- Whoever grows it locks this table before its parts.
LOCK TABLE ONLY {items} IN ACCESS SHARE MODE
