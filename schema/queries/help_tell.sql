-- help_tell: tells the idle sessions of queue $1 that help is wanted, once this is committed.
SELECT leasehold.tell($1, 'help')
