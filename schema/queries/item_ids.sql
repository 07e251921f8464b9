-- item_ids: the ids of new items of queue $1 with the keys $2[i] and the dedupe keys $3[i]; an
-- ordering key goes before. Answers rows {id}, in order; asked once, a batch is the same items
-- however often it is sent.
SELECT coalesce(leasehold.keyed_id(n.key), leasehold.dedupe_id($1, n.dedupe)) AS id
  FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS n (key, dedupe, place)
 ORDER BY n.place
