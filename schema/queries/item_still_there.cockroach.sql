-- item_still_there: see item_still_there.sql.
SELECT i.id
  FROM {items} AS i
 WHERE i.part = {part} AND i.id = ANY ($1::uuid[]) AND i.claim IS NULL
   AND i.token = ($2::int8[])[array_position($1::uuid[], i.id)]
