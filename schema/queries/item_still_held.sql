-- item_still_held: who holds the items $1 of part {part}? Answers rows {id, token, session} of
-- those that are claimed.
SELECT i.id, i.token, i.claim AS session
  FROM {items} AS i
 WHERE i.part = {part} AND i.id = ANY ($1::uuid[]) AND i.claim IS NOT NULL
