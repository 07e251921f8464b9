-- session_set_leaving: session $1 takes no more parts; the plan goes on without it.
UPDATE leasehold.sessions SET state = 'leaving' WHERE id = $1::uuid
