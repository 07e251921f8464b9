-- migrations_list: what ran here, in order. Answers rows {version, name, checksum}.
SELECT version, name, checksum FROM leasehold.migrations ORDER BY version
