-- leaf_create: the table of one part. Vacuumed early and without pauses: a leaf is small, every
-- item leaves at least two dead rows behind it, and dead rows are what slows a claim down.
CREATE TABLE IF NOT EXISTS leasehold.{items}_{part}
    PARTITION OF leasehold.{items} FOR VALUES IN ({part})
    WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500,
          autovacuum_vacuum_cost_delay = 0)
