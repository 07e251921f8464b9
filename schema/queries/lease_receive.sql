-- lease_receive: the second half of lease_give: in queue $1 the sessions $3[i] receive the parts
-- $4[i] of session $2 at the epochs $5[i], because of $6[i], by the plans $7[i]. One row of the log
-- each: the part had an owner all the time. A helper's lease becomes the owner's and keeps its
-- claims. The receivers are told.
WITH given AS (
    SELECT * FROM unnest($3::uuid[], $4::int[], $5::int8[], $6::text[], $7::int8[])
               AS g (id, part, epoch, why, plan)
), received AS (
    INSERT INTO leasehold.session_parts (id, queue, part, epoch)
    SELECT id, $1, part, epoch FROM given
        ON CONFLICT (id, part) DO UPDATE
       SET role = 'owner', epoch = excluded.epoch, taken_at = excluded.taken_at
), logged AS (
    INSERT INTO leasehold.ownership_log (queue, part, epoch, from_session, to_session, reason, plan)
    SELECT $1, part, epoch, $2::uuid, id, why, plan FROM given
)
SELECT leasehold.tell($1, 'given ' || string_agg(id::text, ' '))
  FROM (SELECT DISTINCT id FROM given LIMIT 200) AS first
