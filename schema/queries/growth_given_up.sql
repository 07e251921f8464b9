-- growth_given_up: queue $1, found growing by whoever plans for it, is ready as before if the call
-- that grew it is there no more (growth_alone). What that call had made is cleared up by the next.
UPDATE leasehold.queues SET state = 'ready'
 WHERE name = $1 AND state = 'growing'
   AND pg_try_advisory_xact_lock(hashtextextended('leasehold growth ' || $1::text, 0))
