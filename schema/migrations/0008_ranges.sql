-- 0008 ranges: each part's table knows the range of its ids, and what is ready is indexed by id.
-- breaking: no. Locks: none here. After the migrations `leasehold migrate` brings the tables of the
-- queues that are there to the form of new ones, part by part; each is locked while it is indexed.

-- The ids of part `part` of `parts`: those from here on ...
CREATE FUNCTION leasehold.lowest_id(part int, parts int) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (lpad(to_hex((part * 4294967296 + parts - 1) / parts), 8, '0')
            || '-0000-0000-0000-000000000000')::uuid
$$;

-- ... up to this one.
CREATE FUNCTION leasehold.highest_id(part int, parts int) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (lpad(to_hex(((part + 1) * 4294967296 + parts - 1) / parts - 1), 8, '0')
            || '-ffff-ffff-ffff-ffffffffffff')::uuid
$$;
