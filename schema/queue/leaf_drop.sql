-- leaf_drop: one part's table and all its items.
DROP TABLE IF EXISTS leasehold.{items}_{part}
