-- item_return: ends session $1's claims on items $3[i] of part $2, tokens $4[i], to be done later:
-- after $5[i] ms (null: when it was due), with $6[i] attempts given back and $7[i] as the last
-- error (null: as it is). Retry, snooze and release are all this.
-- Answers one row {id} for each item still held by that very claim; a missing id is *lost*.
-- `= ANY`, IS NOT DISTINCT FROM and CASE: see item_complete.
UPDATE {items} AS i
   SET claim = NULL,
       -- One that is to be cancelled does not wait: the next claim ends it.
       run_at = CASE WHEN i.cancel_asked_at IS NOT NULL THEN clock_timestamp()
                     ELSE coalesce(clock_timestamp() + interval '1 millisecond'
                                       * ($5::int8[])[array_position($3::uuid[], i.id)],
                                   i.run_at) END,
       attempt = i.attempt - ($6::int[])[array_position($3::uuid[], i.id)],
       last_error = coalesce(($7::text[])[array_position($3::uuid[], i.id)], i.last_error),
       errors = leasehold.with_error(i.errors, i.attempt,
                                     ($7::text[])[array_position($3::uuid[], i.id)])
 WHERE i.part = $2::int AND i.id = ANY ($3::uuid[]) AND i.claim IS NOT DISTINCT FROM $1::uuid
   AND CASE WHEN (i.id, i.token) IN (SELECT c.id, c.token
                                       FROM unnest($3::uuid[], $4::int8[]) AS c (id, token))
            THEN true END
RETURNING i.id
