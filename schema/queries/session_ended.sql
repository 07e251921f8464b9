-- session_ended: session $2 of queue $1 is there no more. If the plan still has parts for it, or
-- plans have counted with it to its end ($3), a new one is due at once; else it went on without it
-- long ago.
SELECT leasehold.raise_generation($1, interval '0')
 WHERE $3::bool
    OR EXISTS (SELECT 1 FROM leasehold.parts WHERE queue = $1 AND planned_for = $2::uuid)
