-- growth_move: copies all items of one part of queue {queue} into the new tables, whose parts are
-- $1 in number. Nobody writes to either meanwhile (growth_lock).
INSERT INTO leasehold.grown_{queue}
       (part, id, payload, key, dedupe, priority, run_at, attempt, max_attempts, created_at, claim,
        token, last_error, errors, progress, note, cancel_asked_at)
SELECT leasehold.part_of(id, $1::int), id, payload, key, dedupe, priority, run_at, attempt,
       max_attempts, created_at, claim, token, last_error, errors, progress, note, cancel_asked_at
  FROM {items}
