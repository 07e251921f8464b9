-- help_ask: help is wanted in the parts $2 of queue $1, or still wanted. A row that nobody renewed
-- for 2 s is as good as gone, so its time begins anew.
INSERT INTO leasehold.help_wanted AS w (queue, part)
SELECT $1, part FROM unnest($2::int[]) AS wanted (part) ORDER BY part
ON CONFLICT (queue, part) DO UPDATE
   SET since = CASE WHEN w.asked_at > clock_timestamp() - interval '2 seconds'
                    THEN w.since ELSE EXCLUDED.since END,
       asked_at = EXCLUDED.asked_at
