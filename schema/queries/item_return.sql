-- item_return: ends session $1's claims on items $3[i] of part $2, all under the token $4, to be
-- done later: after $5[i] ms (null: when it was due), with $6[i] attempts given back and $7[i] as
-- the last error (null: as it is). Retry, snooze and release are all this.
-- Answers one row {id} for each item still held by that very claim; a missing id is *lost*.
-- `= ANY` and IS NOT DISTINCT FROM: see item_complete.
-- The ids are in order: width_bucket() finds the place of each by halves. Joined with a list, the
-- table might be asked for all of its ids once for each of them.
UPDATE {items} AS i
   SET claim = NULL,
       -- One that is to be cancelled does not wait: the next claim ends it.
       run_at = CASE WHEN i.cancel_asked_at IS NOT NULL THEN clock_timestamp()
                     ELSE coalesce(clock_timestamp() + interval '1 millisecond'
                                       * ($5::int8[])[width_bucket(i.id, $3::uuid[])],
                                   i.run_at) END,
       attempt = i.attempt - ($6::int[])[width_bucket(i.id, $3::uuid[])],
       last_error = coalesce(($7::text[])[width_bucket(i.id, $3::uuid[])], i.last_error),
       errors = leasehold.with_error(i.errors, i.attempt,
                                     ($7::text[])[width_bucket(i.id, $3::uuid[])])
 WHERE i.part = $2::int AND i.id = ANY ($3::uuid[]) AND i.claim IS NOT DISTINCT FROM $1::uuid
   AND i.token = $4::int8
RETURNING i.id
