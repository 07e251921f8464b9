-- help_tell: nobody can be told here; whoever is idle looks.
SELECT $1::text AS queue
