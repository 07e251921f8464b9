-- items_part_function_drop: see items_part_function.
DROP FUNCTION IF EXISTS leasehold.items_{queue}_part(uuid)
