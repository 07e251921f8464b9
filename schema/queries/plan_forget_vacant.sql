-- plan_forget_vacant: the seats $2 of queue $1 are kept no longer.
DELETE FROM leasehold.vacant_seats WHERE queue = $1 AND session = ANY ($2::uuid[])
