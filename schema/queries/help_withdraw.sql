-- help_withdraw: help is no longer wanted in the parts $2 of queue $1.
DELETE FROM leasehold.help_wanted WHERE queue = $1 AND part = ANY ($2::int[])
