-- migration_record: see migration_record.sql. Two may have run it at once.
INSERT INTO leasehold.migrations (version, name, checksum) VALUES ($1::int8, $2, $3)
ON CONFLICT (version) DO NOTHING
