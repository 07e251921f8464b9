-- session_register: a seat $1 in queue $2: name $3, host $4, pid $5, version $6, weight $7, ttl $8
-- ms; $9: its user gave it that name; guard $10 (null: none).
-- Expiry is written and judged by this server's clock alone (I7).
-- In doubt: give the id up and register under a fresh one; nobody ever re-uses an id.
INSERT INTO leasehold.sessions (id, queue, name, host, pid, version, weight, ttl, named, guard,
                                expires_at)
VALUES ($1::uuid, $2, $3, $4, $5::int8, $6, $7::int, $8::int8 * interval '1 millisecond',
        $9::bool, $10::int8, clock_timestamp() + $8::int8 * interval '1 millisecond')
