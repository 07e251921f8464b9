-- item_hold_to_write: as item_hold_to_read, and waits for a growth that is copying.
LOCK TABLE ONLY {items} IN ROW EXCLUSIVE MODE
