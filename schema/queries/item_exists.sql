-- item_exists: answers one row when the item $2 of part $1 is there: asked after an enqueue whose
-- COMMIT got no answer. All items of one batch come with one COMMIT, so one of them tells.
SELECT id FROM {items} WHERE part = $1::int AND id = $2::uuid
