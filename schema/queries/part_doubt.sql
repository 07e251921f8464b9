-- part_doubt: the owner of part $2 of queue $1 has expired. If it claimed by the lease, what it had
-- in hand stands nowhere: from now on claims are on rows, by tokens above those it may have shown.
UPDATE leasehold.parts
   SET by_lease = false, doubt_before = clock_timestamp(), token_base = leasehold.first_token()
 WHERE queue = $1 AND part = $2::int AND by_lease
