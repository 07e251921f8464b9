-- ring_create: what leasehold.ring() counts with. That function runs as its owner, who need not be
-- who makes the queue.
CREATE SEQUENCE IF NOT EXISTS leasehold.ring_{queue} AS int8 MINVALUE 0;
DO $$
BEGIN
    EXECUTE (SELECT format('GRANT SELECT, UPDATE ON SEQUENCE leasehold.ring_{queue} TO %s',
                           proowner::regrole)
               FROM pg_proc WHERE oid = 'leasehold.ring(text, int)'::regprocedure);
END
$$
