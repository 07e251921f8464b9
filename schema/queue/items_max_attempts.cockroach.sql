-- items_max_attempts: how often an item may be tried that is enqueued from now on and does not say.
-- On PostgreSQL that is the trigger's: see view_trigger.sql.
ALTER TABLE leasehold.{items} ALTER COLUMN max_attempts SET DEFAULT {max_attempts}
