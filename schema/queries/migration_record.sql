-- migration_record: version $1, named $2, with checksum $3, has run in this transaction.
INSERT INTO leasehold.migrations (version, name, checksum) VALUES ($1::int, $2, $3)
