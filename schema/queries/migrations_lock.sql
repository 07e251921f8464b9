-- migrations_lock: one migrator at a time; first statement, so that the snapshot comes after the
-- wait.
LOCK TABLE leasehold.migrations IN ACCESS EXCLUSIVE MODE
