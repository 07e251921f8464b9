-- item_cancel_asked: which of the claimed items $1 of part {part} are to be cancelled? Answers rows
-- {id, token, session}.
-- Read outside SERIALIZABLE.
SELECT i.id, i.token, i.claim AS session
  FROM {items} AS i
 WHERE i.part = {part} AND i.id = ANY ($1::uuid[])
   AND i.claim IS NOT NULL AND i.cancel_asked_at IS NOT NULL
