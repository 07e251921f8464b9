-- item_return: ends session $1's claims on items $3[i] of part $2, tokens $4[i], to be done later:
-- after $5[i] ms (null: when it was due), with $6[i] attempts given back and $7[i] as the last
-- error (null: as it is). Retry, snooze and release are all this.
-- Answers one row {id} for each item still held by that very claim; a missing id is *lost*.
-- `= ANY` and IS NOT DISTINCT FROM: see item_complete.
UPDATE {items} AS i
   SET claim = NULL,
       -- One that is to be cancelled does not wait: the next claim ends it.
       run_at = CASE WHEN i.cancel_asked_at IS NOT NULL THEN clock_timestamp()
                     WHEN c.delay_ms IS NULL THEN i.run_at
                     ELSE clock_timestamp() + c.delay_ms * interval '1 millisecond' END,
       attempt = i.attempt - c.given_back,
       last_error = coalesce(c.error, i.last_error),
       errors = leasehold.with_error(i.errors, i.attempt, c.error)
  FROM unnest($3::uuid[], $4::int8[], $5::int8[], $6::int[], $7::text[])
       AS c (id, token, delay_ms, given_back, error)
 WHERE i.part = $2::int AND i.id = ANY ($3::uuid[])
   AND i.id = c.id AND i.token = c.token AND i.claim IS NOT DISTINCT FROM $1::uuid
RETURNING i.id
