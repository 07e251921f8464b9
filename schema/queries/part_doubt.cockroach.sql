-- part_doubt: see part_doubt.sql; what leasehold.first_token does on PostgreSQL.
UPDATE leasehold.parts
   SET by_lease = false, doubt_before = clock_timestamp(),
       token_base = nextval('leasehold.item_order') << 20
 WHERE queue = $1::text AND part = $2::int8 AND by_lease
