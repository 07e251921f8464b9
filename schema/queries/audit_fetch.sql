-- audit_fetch: the next rows of audit_open; none at the end.
FETCH FORWARD 10000 FROM audit_of_items
