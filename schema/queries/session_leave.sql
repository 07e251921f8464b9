-- session_leave: session $1 ends by its own will; its leases and claims are gone already.
DELETE FROM leasehold.sessions WHERE id = $1::uuid RETURNING id
