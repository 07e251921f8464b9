-- migrations_create: the table that remembers which migrations ran. Run by every `migrate` call.
-- Retry: yes; ten at once meet in the catalogue and all but one run again.
CREATE SCHEMA IF NOT EXISTS leasehold;
CREATE TABLE IF NOT EXISTS leasehold.migrations (
    version    int PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
