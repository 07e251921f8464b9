-- audit_close: ends audit_open.
CLOSE audit_of_items
