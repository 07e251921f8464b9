-- item_exists: see item_exists.sql. The part follows from the id.
SELECT id FROM {items} WHERE id = $1::uuid
