-- item_pending: see item_pending.sql. All items of a key lie in the part of any id of its lane.
SELECT id
  FROM {items}
 WHERE part = ((('x' || substr($1::uuid::text, 1, 8))::bit(32)::int8) * {parts}) >> 32
   AND key = $2::text AND dedupe = $3::text
