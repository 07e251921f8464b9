-- item_ids: see item_ids.sql; what functions of the schema do on PostgreSQL (leasehold.keyed_id,
-- leasehold.dedupe_id), with the server's sha256(), which answers in hexadecimal.
SELECT CASE WHEN h.key IS NOT NULL
            THEN (substr(h.of_key, 1, 8) || '-' || substr(h.of_key, 9, 4) || '-8'
                  || substr(h.of_key, 13, 3) || '-8' || substr(h.number, 1, 3) || '-'
                  || substr(h.number, 4))::uuid
            ELSE (substr(h.of_dedupe, 1, 8) || '-' || substr(h.of_dedupe, 9, 4) || '-8'
                  || substr(h.of_dedupe, 13, 3) || '-8' || substr(h.of_dedupe, 16, 3) || '-'
                  || substr(h.of_dedupe, 19, 12))::uuid END AS id
  FROM (SELECT n.place, n.key, sha256(n.key) AS of_key,
               sha256($1::text || '/' || n.dedupe) AS of_dedupe,
               CASE WHEN n.key IS NOT NULL
                    THEN lpad(to_hex(nextval('leasehold.item_order')), 15, '0') END AS number
          FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS n (key, dedupe, place)) AS h
 ORDER BY h.place
