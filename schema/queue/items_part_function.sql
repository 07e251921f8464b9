-- items_part_function: the part of an id in this queue; whoever enqueues asks it, and need not know
-- when the queue has grown.
CREATE OR REPLACE FUNCTION leasehold.items_{queue}_part(id uuid) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT leasehold.part_of(id, {parts}) $$
