-- lease_receive: see lease_receive.sql; nobody can be told here.
WITH given AS (
    SELECT * FROM unnest($3::uuid[], $4::int[], $5::int8[], $6::text[], $7::int8[])
               AS g (id, part, epoch, why, plan)
), received AS (
    INSERT INTO leasehold.session_parts (id, queue, part, epoch)
    SELECT id, $1, part, epoch FROM given
        ON CONFLICT (id, part) DO UPDATE
       SET role = 'owner', epoch = excluded.epoch, taken_at = excluded.taken_at
    RETURNING part
)
INSERT INTO leasehold.ownership_log (queue, part, epoch, from_session, to_session, reason, plan)
SELECT $1::text, part, epoch, $2::uuid, id, why, plan FROM given
