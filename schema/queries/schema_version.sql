-- schema_version: the newest migration that ran here. Answers one row {version}, 0 for none.
-- 3F000 or 42P01 when nobody ever ran `leasehold migrate` on this database.
SELECT coalesce(max(version), 0) AS version FROM leasehold.migrations
