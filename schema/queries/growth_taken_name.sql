-- growth_taken_name: a table that stands where one of the parts $2 up to, not including, $3 of
-- queue $1 would have to: it belongs to another queue. Answers one row {name}, or none.
SELECT format('items_%s_%s', $1::text, p.part) AS name
  FROM generate_series($2::int, $3::int - 1) AS p (part)
 WHERE to_regclass(format('leasehold.items_%s_%s', $1::text, p.part)) IS NOT NULL
 LIMIT 1
