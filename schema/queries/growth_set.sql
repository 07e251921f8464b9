-- growth_set: queue $1 is in state $2 and grows to $3 parts (null: it does not grow).
UPDATE leasehold.queues SET state = $2, grows_to = $3::int WHERE name = $1
