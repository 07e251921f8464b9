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

/// Parts that one statement looks into; it is planned once and used until the parts change.
constexpr std::size_t parts_a_statement = 64;

std::vector<claim> claims_in(const pqxx::result& rows, const session_id& session, part_id part) {
    std::vector<claim> claims;
    claims.reserve(static_cast<std::size_t>(rows.size()));
    for (const auto& row : rows) {
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
        one.session = session;
        claims.push_back(std::move(one));
    }
    std::sort(claims.begin(), claims.end(), [](const claim& a, const claim& b) {
        return std::tie(a.held.priority, a.held.run_at_us) <
               std::tie(b.held.priority, b.held.run_at_us);
    });
    return claims;
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
    for (const auto i : members) {
        errors.push_back(std::get<row_buried>(requests[i].change).error);
    }
    auto values = claim_arrays(group, requests, members);
    values.insert(values.end(), {array_literal(errors), queue.name});
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
    std::span<const part_id> left{parts};
    while (!left.empty()) {
        const auto asked = left.first(std::min(left.size(), parts_a_statement));
        left = left.subspan(asked.size());
        for (const auto& row : tx.run(over_each_part(query::item_due, queue, asked))) {
            heads.push_back(
                {{row[0].as<std::int32_t>()}, row[1].as<int>(), row[2].as<std::int64_t>()});
        }
    }
    return heads;
}

std::vector<claim> claim_items(transaction& tx, const queue_info& queue, const session_id& session,
                               part_id part, int claims_max) {
    return claims_in(
        tx.run(over_part(query::item_claim, queue, part),
               {to_text(session), std::to_string(part.value), std::to_string(claims_max)}),
        session, part);
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
