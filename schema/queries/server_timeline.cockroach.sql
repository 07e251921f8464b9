-- server_timeline: a cluster has but one history.
SELECT 'cluster' AS timeline
