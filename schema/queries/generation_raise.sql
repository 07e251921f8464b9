-- generation_raise: the membership of queue $1 changed, and a new plan is due at once.
SELECT leasehold.raise_generation($1, interval '0')
