#include "tests/bench/row_claim/variant.hpp"

#include <stdexcept>

namespace leasehold::bench {

namespace {

/// `text` with `from` replaced, which must be there.
std::string with(std::string text, const std::string& from, const std::string& to) {
    auto at = text.find(from);
    if (at == std::string::npos) {
        throw std::logic_error("no \"" + from + "\" in a statement");
    }
    for (; at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

const std::string numeric_time = "(extract(epoch FROM i.run_at) * 1000000)::int8";
const std::string float_time = "(date_part('epoch', i.run_at) * 1000000)::int8";

const std::string level = R"(WITH RECURSIVE level AS (
    (SELECT c.priority
       FROM {items} AS c
      WHERE c.part = $2::int AND c.claim IS NULL
      ORDER BY c.priority LIMIT 1)
    UNION ALL
    SELECT (SELECT c.priority
              FROM {items} AS c
             WHERE c.part = $2::int AND c.claim IS NULL AND c.priority > l.priority
             ORDER BY c.priority LIMIT 1)
      FROM level AS l
     WHERE l.priority IS NOT NULL
)
)";

const std::string taking = R"(UPDATE {items} AS i
   SET claim = $1::uuid, token = i.token + 1, attempt = i.attempt + 1
)";

const std::string answering = R"(RETURNING i.id, i.token, i.priority,
          (extract(epoch FROM i.run_at) * 1000000)::int8 AS run_at_us,
          i.payload, i.key, i.attempt, i.max_attempts,
          i.cancel_asked_at IS NOT NULL AS cancel_asked
)";

const std::string by_level = R"(
          FROM level AS l
         CROSS JOIN LATERAL (
               SELECT c.id, c.ctid
                 FROM {items} AS c
                WHERE c.part = $2::int AND c.claim IS NULL AND c.priority = l.priority
                  AND c.run_at <= now()
                ORDER BY c.run_at LIMIT $3::int) AS due
         LIMIT $3::int))
)";

/// What the product did before.
const std::string before = level + taking +
                           " WHERE i.part = $2::int AND i.id = ANY (ARRAY(SELECT due.id" +
                           by_level + answering;

const std::string fast_time = with(before, numeric_time, float_time);

const std::string by_ctid =
    with(level + taking + " WHERE i.part = $2::int AND i.ctid = ANY (ARRAY(SELECT due.ctid" +
             by_level + answering,
         numeric_time, float_time);

/// Begins behind the last one claimed: one level only, as far as what it costs goes.
const std::string behind = with(taking + R"( WHERE i.part = $2::int AND i.ctid = ANY (ARRAY(
         SELECT c.ctid
           FROM {items} AS c
          WHERE c.part = $2::int AND c.claim IS NULL AND c.run_at <= now()
            AND (c.priority, c.run_at, c.id) >
                ($4::int, '1970-01-01 00:00+00'::timestamptz + $5::int8 * '1 us'::interval,
                 $6::uuid)
          ORDER BY c.priority, c.run_at, c.id LIMIT $3::int))
)" + answering,
                                numeric_time, float_time);

const std::string complete = R"(DELETE FROM {items} AS i
 USING unnest($3::uuid[], $4::int8[]) AS c (id, token)
 WHERE i.part = $2::int AND i.id = ANY ($3::uuid[])
   AND i.id = c.id AND i.token = c.token AND i.claim IS NOT DISTINCT FROM $1::uuid
RETURNING i.id)";

/// The list of tokens is hashed once; each id is looked for once.
const std::string complete_hashed = R"(DELETE FROM {items} AS i
 WHERE i.part = $2::int AND i.id = ANY ($3::uuid[]) AND i.claim IS NOT DISTINCT FROM $1::uuid
   AND CASE WHEN (i.id, i.token) IN (SELECT c.id, c.token
                                       FROM unnest($3::uuid[], $4::int8[]) AS c (id, token))
            THEN true END
RETURNING i.id)";

const std::string old_index = R"(
DROP INDEX leasehold.{name}_ready;
CREATE INDEX {name}_ready ON {items} (priority, run_at) WHERE claim IS NULL;
)";

const std::string old_checks = R"(
ALTER TABLE {items}
    ADD CONSTRAINT an_item_lies_in_its_part
        CHECK (part = ((('x' || substr(id::text, 1, 8))::bit(32)::int8) * {parts}) >> 32),
    DROP CONSTRAINT an_id_does_not_begin_with_the_time,
    ADD CONSTRAINT an_id_does_not_begin_with_the_time
        CHECK (substr(id::text, 15, 1) NOT IN ('6', '7'));
)";

const std::string no_foreign_key = R"(
ALTER TABLE {items} DROP CONSTRAINT a_claim_needs_a_lease_on_the_items_own_part;
)";

/// As far as its cost goes: the other side, of a lease that ends, is not here.
const std::string checked_once = no_foreign_key + R"(
CREATE OR REPLACE FUNCTION public.claims_have_leases() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT DISTINCT claim, part FROM now_so WHERE claim IS NOT NULL LOOP
        PERFORM 1 FROM leasehold.session_parts AS s
          WHERE s.id = one.claim AND s.part = one.part FOR KEY SHARE;
        IF NOT FOUND THEN
            RAISE foreign_key_violation;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
)";

const std::string checked_once_there = R"(
CREATE TRIGGER claims_have_leases AFTER UPDATE ON {items} REFERENCING NEW TABLE AS now_so
    FOR EACH STATEMENT EXECUTE FUNCTION public.claims_have_leases();
)";

const std::string no_claimed_index = "DROP INDEX leasehold.{name}_claimed;";

const std::string claimed_with_id = R"(
DROP INDEX leasehold.{name}_claimed;
CREATE INDEX {name}_claimed ON {items} (claim, id) WHERE claim IS NOT NULL;
)";

/// No column that a claim changes is in an index, or in the predicate of one.
const std::string plain_ready = R"(
DROP INDEX leasehold.{name}_ready;
CREATE INDEX {name}_ready ON {items} (priority, run_at, id);
)";

std::string filled_to(int per_cent) {
    return "ALTER TABLE {items} SET (fillfactor = " + std::to_string(per_cent) + ");";
}

}  // namespace

std::vector<variant> variants() {
    const auto old = old_index + old_checks;
    std::vector<variant> all{
        {.name = "before", .change = old, .claim = before, .complete = complete},
        {.name = "hashed", .change = old, .claim = before, .complete = complete_hashed},
        {.name = "fast-time", .change = old, .claim = fast_time, .complete = complete_hashed},
        {.name = "ctid", .change = old, .claim = by_ctid, .complete = complete_hashed},
    };
    const auto add = [&](const std::string& name, const std::string& change,
                         const std::string& change_part = {}) {
        all.push_back({.name = name,
                       .change = change,
                       .change_part = change_part,
                       .claim = behind,
                       .complete = complete_hashed,
                       .walks = true});
    };
    add("behind", old_checks);
    add("ranges", {});
    add("claimed-id", claimed_with_id);
    add("fk-once", checked_once, checked_once_there);
    add("fk-once-bare", checked_once + no_claimed_index, checked_once_there);
    add("hot-70", plain_ready + no_claimed_index, filled_to(70));
    add("hot-70-fk-once", plain_ready + no_claimed_index + checked_once,
        filled_to(70) + checked_once_there);
    return all;
}

}  // namespace leasehold::bench
