-- server_timeline: which history this server writes; another one after a failover. Answers one row
-- {timeline}, null on a standby.
SELECT CASE WHEN NOT pg_is_in_recovery()
            THEN substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) END AS timeline
