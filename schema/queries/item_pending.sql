-- item_pending: which item of part $1 with the key $2 has the dedupe key $3? Answers at most one
-- row {id}.
SELECT id FROM {items} WHERE part = $1::int AND key = $2 AND dedupe = $3
