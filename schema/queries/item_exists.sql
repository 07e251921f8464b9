-- item_exists: answers one row when the item $1 is there: asked after an enqueue whose COMMIT got
-- no answer. All items of one batch come with one COMMIT, so one of them tells.
SELECT id FROM {items} WHERE part = {items}_part($1::uuid) AND id = $1::uuid
