-- item_pending: which item with the key $2, of which $1 is an id, has the dedupe key $3? Answers at
-- most one row {id}.
SELECT id FROM {items} WHERE part = {items}_part($1::uuid) AND key = $2 AND dedupe = $3
