-- item_still_there: which of the items $1[i] of part {part} are as they were when the lease on it
-- was enough to claim them: unclaimed, with the token $2[i]? The ids are
-- in order. Answers rows {id}. Asked after an
-- acknowledgement whose transaction the server knows nothing of, and to see which are still to run.
SELECT i.id
  FROM {items} AS i
 WHERE i.part = {part} AND i.id = ANY ($1::uuid[]) AND i.claim IS NULL
   AND i.token = ($2::int8[])[width_bucket(i.id, $1::uuid[])]
