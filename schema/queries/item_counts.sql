-- item_counts: how many items each part of {items} has, by state, in one snapshot.
-- Answers rows {part, ready, scheduled, claimed, oldest_ready_age_ms}; reads the whole queue.
SELECT part,
       count(*) FILTER (WHERE claim IS NULL AND run_at <= now()) AS ready,
       count(*) FILTER (WHERE claim IS NULL AND run_at > now()) AS scheduled,
       count(*) FILTER (WHERE claim IS NOT NULL) AS claimed,
       round(extract(epoch FROM now() - min(run_at)
                                        FILTER (WHERE claim IS NULL AND run_at <= now()))
             * 1000)::int8 AS oldest_ready_age_ms
  FROM {items}
 GROUP BY part
