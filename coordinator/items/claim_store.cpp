#include "items/claim_store.hpp"

#include "items/item_tables.hpp"
#include "schema/sql.hpp"
#include "sql/sql_text.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>

namespace leasehold {

namespace {

using optional_text = std::optional<std::string>;

std::vector<claim> claims_in(const pqxx::result& rows, const session_id& session, part_id part) {
    std::vector<claim> claims;
    claims.reserve(static_cast<std::size_t>(rows.size()));
    for (const auto& row : rows) {
        if (row[0].is_null()) {
            continue;  // of item_claim_keyed: where to go on
        }
        claim one;
        one.held.id = {*uuid_from(row[0].c_str())};
        one.held.part = part;
        one.held.payload.assign(row[1].c_str(), row[1].size());
        if (!row[2].is_null()) {
            one.held.key = std::string{row[2].c_str(), row[2].size()};
        }
        one.held.priority = row[3].as<int>();
        one.held.attempt = row[4].as<int>();
        one.held.max_attempts = row[5].as<int>();
        one.fence = {row[6].as<std::int64_t>()};
        one.held.run_at_us = row[7].as<std::int64_t>();
        one.cancel_asked = row[8].as<bool>();
        one.session = session;
        claims.push_back(std::move(one));
    }
    std::sort(claims.begin(), claims.end(), [](const claim& a, const claim& b) {
        return std::tie(a.held.priority, a.held.run_at_us) <
               std::tie(b.held.priority, b.held.run_at_us);
    });
    return claims;
}

/// Columns of item_claim and item_claim_keyed.
constexpr int transaction_column = 9;
constexpr int walked_to_column = 10;

/// The id of the transaction that claimed; empty when it claimed nothing.
std::string transaction_in(const pqxx::result& rows) {
    return rows.empty() ? "" : rows.front()[transaction_column].as<std::string>("");
}

/// Requests that one statement can carry: same session, same part, same kind of change.
struct ack_group {
    session_id session{};
    part_id part{};
    std::size_t kind{0};
    friend auto operator<=>(const ack_group&, const ack_group&) = default;
};

using places = std::vector<std::size_t>;  ///< of requests

std::map<ack_group, places> grouped(std::span<const ack_request> requests) {
    std::map<ack_group, places> groups;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const auto& one = requests[i];
        groups[{one.held.session, one.held.held.part, one.change.index()}].push_back(i);
    }
    return groups;
}

/// The arrays that name the claims of one group: ids and tokens.
params claim_arrays(const ack_group& group, std::span<const ack_request> requests,
                    const places& members) {
    std::vector<std::string> ids;
    std::vector<std::string> tokens;
    for (const auto i : members) {
        ids.push_back(to_text(requests[i].held.held.id));
        tokens.push_back(std::to_string(requests[i].held.fence.value));
    }
    return {to_text(group.session), std::to_string(group.part.value), array_literal(ids),
            array_literal(tokens)};
}

pqxx::result give_back(transaction& tx, const queue_info& queue, const ack_group& group,
                       std::span<const ack_request> requests, const places& members) {
    std::vector<optional_text> delays;
    std::vector<std::string> given_back;
    std::vector<optional_text> errors;
    for (const auto i : members) {
        const auto& change = std::get<row_returned>(requests[i].change);
        delays.push_back(change.delay ? optional_text{std::to_string(change.delay->count())}
                                      : std::nullopt);
        given_back.push_back(std::to_string(change.attempts_given_back));
        errors.push_back(change.error);
    }
    auto values = claim_arrays(group, requests, members);
    values.insert(values.end(),
                  {array_literal(delays), array_literal(given_back), array_literal(errors)});
    return tx.run(over_part(query::item_return, queue, group.part), values);
}

pqxx::result bury_them(transaction& tx, const queue_info& queue, const ack_group& group,
                       std::span<const ack_request> requests, const places& members) {
    std::vector<std::string> errors;
    std::vector<std::string> reasons;
    for (const auto i : members) {
        const auto& change = std::get<row_buried>(requests[i].change);
        errors.push_back(change.error);
        reasons.emplace_back(to_text(change.reason));
    }
    auto values = claim_arrays(group, requests, members);
    values.insert(values.end(), {array_literal(errors), array_literal(reasons), queue.name});
    return tx.run(over_part(query::item_bury, queue, group.part), values);
}

pqxx::result acknowledge_group(transaction& tx, const queue_info& queue, const ack_group& group,
                               std::span<const ack_request> requests, const places& members) {
    const auto& change = requests[members.front()].change;
    if (std::holds_alternative<row_returned>(change)) {
        return give_back(tx, queue, group, requests, members);
    }
    if (std::holds_alternative<row_buried>(change)) {
        return bury_them(tx, queue, group, requests, members);
    }
    return tx.run(over_part(query::item_complete, queue, group.part),
                  claim_arrays(group, requests, members));
}

/// Keys looked at for one claim from a keyed queue: few of them are blocked as a rule, so most
/// yield something. Each costs an index probe.
constexpr int keys_a_claim = 8;
constexpr int keys_min = 128;
constexpr int keys_max = 1'024;

/// Those of `held` of which `statement` answers {id, token, session}.
std::vector<claim> those_in(transaction& tx, std::string_view statement, const queue_info& queue,
                            std::span<const claim> held) {
    std::vector<std::string> ids;
    std::set<part_id> parts;
    for (const auto& one : held) {
        ids.push_back(to_text(one.held.id));
        parts.insert(one.held.part);
    }
    std::set<std::tuple<std::string, std::int64_t, std::string>> answered;
    // Part by part: one statement over each set of parts would be prepared anew for each.
    for (const auto part : parts) {
        for (const auto& row : tx.run(over_part(statement, queue, part), {array_literal(ids)})) {
            answered.emplace(row[0].c_str(), row[1].as<std::int64_t>(), row[2].c_str());
        }
    }
    std::vector<claim> found;
    for (const auto& one : held) {
        if (answered.contains({to_text(one.held.id), one.fence.value, to_text(one.session)})) {
            found.push_back(one);
        }
    }
    return found;
}

/// Asks `statement` of each of `parts`, many at once.
template <class Use>
void for_each_row(transaction& tx, std::string_view statement, const queue_info& queue,
                  std::span<const part_id> parts, const params& values, Use use) {
    while (!parts.empty()) {
        const auto asked = parts.first(std::min(parts.size(), parts_a_statement));
        parts = parts.subspan(asked.size());
        for (const auto& row : tx.run(over_each_part(statement, queue, asked), values)) {
            use(row);
        }
    }
}

std::unordered_set<item_id> ids_in(const pqxx::result& rows) {
    std::unordered_set<item_id> ids;
    for (const auto& row : rows) {
        ids.insert({*uuid_from(row[0].c_str())});
    }
    return ids;
}

}  // namespace

std::vector<part_head> due_parts(transaction& tx, const queue_info& queue,
                                 const std::vector<part_id>& parts) {
    std::vector<part_head> heads;
    for_each_row(tx, query::item_due, queue, parts, {}, [&](const pqxx::row& row) {
        heads.push_back({{row[0].as<std::int32_t>()}, row[1].as<int>(), row[2].as<std::int64_t>()});
    });
    return heads;
}

std::vector<part_backlog> backlogs_of(transaction& tx, const queue_info& queue,
                                      const std::vector<part_id>& parts, std::int64_t most) {
    std::vector<part_backlog> found;
    for_each_row(tx, query::item_backlog, queue, parts, {std::to_string(most)},
                 [&](const pqxx::row& row) {
                     found.push_back({{row[0].as<std::int32_t>()}, row[1].as<std::int64_t>()});
                 });
    return found;
}

claimed_items claim_items(transaction& tx, const queue_info& queue, const session_id& session,
                          part_id part, int claims_max, const item_id& from, lease_role as) {
    const bool helps = as == lease_role::helper;
    params values{to_text(session), std::to_string(part.value), std::to_string(claims_max)};
    claimed_items answer;
    if (!queue.keyed) {
        const auto statement = helps ? query::item_help : query::item_claim;
        const auto rows = tx.run(over_part(statement, queue, part), values);
        answer.claims = claims_in(rows, session, part);
        answer.transaction = transaction_in(rows);
        answer.more = static_cast<int>(answer.claims.size()) == claims_max;
        return answer;
    }
    const auto keys = std::clamp(claims_max * keys_a_claim, keys_min, keys_max);
    values.insert(values.end(), {to_text(from), std::to_string(keys)});
    const auto statement = helps ? query::item_help_keyed : query::item_claim_keyed;
    const auto rows = tx.run(over_part(statement, queue, part), values);
    answer.claims = claims_in(rows, session, part);
    answer.transaction = transaction_in(rows);
    answer.more = from != item_id{};  // what lies before it has still to be looked at
    for (const auto& row : rows) {
        if (!row[walked_to_column].is_null()) {
            answer.more = true;
            answer.go_on_at = {*uuid_from(row[walked_to_column].c_str())};
        }
    }
    return answer;
}

claim_standing note_progress(transaction& tx, const queue_info& queue, const claim& held,
                             const progress& far) {
    const auto percent = far.percent ? param{std::to_string(*far.percent)} : std::nullopt;
    const auto rows =
        tx.run(over_part(query::item_progress, queue, held.held.part),
               {to_text(held.session), std::to_string(held.held.part.value), to_text(held.held.id),
                std::to_string(held.fence.value), percent, far.note});
    return rows.empty() ? claim_standing::lost : claim_standing::held;
}

std::vector<claim> still_held(transaction& tx, const queue_info& queue,
                              std::span<const claim> held) {
    return those_in(tx, query::item_still_held, queue, held);
}

std::vector<claim> cancel_asked(transaction& tx, const queue_info& queue,
                                std::span<const claim> held) {
    return those_in(tx, query::item_cancel_asked, queue, held);
}

std::vector<ack_result> acknowledge(transaction& tx, const queue_info& queue,
                                    std::span<const ack_request> requests) {
    std::vector<ack_result> results(requests.size(), ack_result::lost);
    for (const auto& [group, members] : grouped(requests)) {
        const auto held = ids_in(acknowledge_group(tx, queue, group, requests, members));
        for (const auto i : members) {
            if (held.contains(requests[i].held.held.id)) {
                results[i] = ack_result::acknowledged;
            }
        }
    }
    return results;
}

int free_claims(transaction& tx, const queue_info& queue, const session_id& ended, part_id part,
                int claims_max, const std::string& why) {
    const auto spent = tx.run(over_part(query::item_bury_spent, queue, part),
                              {to_text(ended), std::to_string(part.value), queue.name, why,
                               std::to_string(claims_max)});
    const int left = claims_max - static_cast<int>(spent.size());
    if (left == 0) {
        return claims_max;
    }
    const auto freed =
        tx.run(over_part(query::item_free, queue, part),
               {to_text(ended), std::to_string(part.value), std::to_string(left), why});
    return static_cast<int>(spent.size()) + static_cast<int>(freed.size());
}

bool any_open(transaction& tx, const queue_info& queue) {
    return tx.run(over_all_parts(query::item_any_open, queue))[0][0].as<bool>();
}

}  // namespace leasehold
