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

/// Columns of item_claim and item_claim_keyed, of item_held the same but the last.
enum column {
    id,
    payload,
    key,
    priority,
    attempt,
    max_attempts,
    fence,
    run_at_us,
    cancel_asked,
    walked_to
};

/// @param wish  that it answers
claim claim_in(const rows& answered, int row, const claim_wish& wish) {
    claim one;
    one.held.id = answered.id(row, id);
    one.held.part = wish.part;
    one.held.payload = answered.text(row, payload);
    if (!answered.is_null(row, key)) {
        one.held.key = std::string{answered.text(row, key)};
    }
    one.held.priority = answered.number<int>(row, priority);
    one.held.attempt = answered.number<int>(row, attempt);
    one.held.max_attempts = answered.number<int>(row, max_attempts);
    one.fence = {answered.number<std::int64_t>(row, fence)};
    one.held.run_at_us = answered.number<std::int64_t>(row, run_at_us);
    one.cancel_asked = answered.flag(row, cancel_asked);
    one.session = wish.session;
    if (wish.by_lease) {  // the row is as it was
        one.by_lease = {.term = *wish.by_lease, .seen = one.fence, .base = wish.base};
        one.fence = {std::max(one.fence.value, wish.base.value) + 1};
        ++one.held.attempt;
    }
    return one;
}

void put_most_urgent_first(std::vector<claim>& claims) {
    const auto before = [](const claim& a, const claim& b) {
        return std::tie(a.held.priority, a.held.run_at_us) <
               std::tie(b.held.priority, b.held.run_at_us);
    };
    if (!std::is_sorted(claims.begin(), claims.end(), before)) {
        std::sort(claims.begin(), claims.end(), before);
    }
}

/// Requests that one statement can carry.
struct ack_group {
    session_id session{};
    part_id part{};
    std::optional<epoch> by_lease{};
    token fence{};  ///< most claims have the same, and a list of tokens is dear
    std::size_t kind{0};
    friend auto operator<=>(const ack_group&, const ack_group&) = default;
};

using places = std::vector<std::size_t>;  ///< of requests

/// By a claim by the lease alone, the token on the row is as it was before.
ack_group group_of(const ack_request& one) {
    const auto& lease = one.held.by_lease;
    return {.session = one.held.session,
            .part = one.held.held.part,
            .by_lease = lease ? std::optional{lease->term} : std::nullopt,
            .fence = lease ? lease->seen : one.held.fence,
            .kind = one.change.index()};
}

std::map<ack_group, places> grouped(std::span<const ack_request> requests) {
    std::map<ack_group, places> groups;
    auto last = groups.end();  // claims of one part come together
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const auto group = group_of(requests[i]);
        if (last == groups.end() || last->first != group) {
            last = groups.try_emplace(group).first;
        }
        last->second.push_back(i);
    }
    return groups;
}

/// Where each claim has values of its own, statements look for the place of its id by halves.
void put_in_order(std::span<const ack_request> requests, places& members) {
    std::sort(members.begin(), members.end(), [&](std::size_t a, std::size_t b) {
        return requests[a].held.held.id < requests[b].held.held.id;
    });
}

/// What names the claims of one group: session, part, ids and their token; of claims by the lease
/// also the term and the base of the part.
params claims_named(const ack_group& group, std::span<const ack_request> requests,
                    const places& members) {
    std::vector<item_id> ids;
    ids.reserve(members.size());
    for (const auto i : members) {
        ids.push_back(requests[i].held.held.id);
    }
    params values{to_text(group.session), std::to_string(group.part.value), std::move(ids),
                  std::to_string(group.fence.value)};
    if (const auto& lease = requests[members.front()].held.by_lease) {
        values.insert(values.end(),
                      {std::to_string(lease->term.value), std::to_string(lease->base.value)});
    }
    return values;
}

statement giving_back(const queue_info& queue, const ack_group& group,
                      std::span<const ack_request> requests, places& members) {
    put_in_order(requests, members);
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
    auto values = claims_named(group, requests, members);
    values.insert(values.end(),
                  {array_literal(delays), array_literal(given_back), array_literal(errors)});
    return {over_part(group.by_lease ? query::item_return_by_lease : query::item_return, queue,
                      group.part),
            std::move(values)};
}

statement burying(const queue_info& queue, const ack_group& group,
                  std::span<const ack_request> requests, places& members) {
    put_in_order(requests, members);
    std::vector<std::string> errors;
    std::vector<std::string> reasons;
    for (const auto i : members) {
        const auto& change = std::get<row_buried>(requests[i].change);
        errors.push_back(change.error);
        reasons.emplace_back(to_text(change.reason));
    }
    auto values = claims_named(group, requests, members);
    values.insert(values.end(), {array_literal(errors), array_literal(reasons), queue.name});
    return {over_part(group.by_lease ? query::item_bury_by_lease : query::item_bury, queue,
                      group.part),
            std::move(values)};
}

statement ending(const queue_info& queue, const ack_group& group,
                 std::span<const ack_request> requests, places& members) {
    const auto& change = requests[members.front()].change;
    if (std::holds_alternative<row_returned>(change)) {
        return giving_back(queue, group, requests, members);
    }
    if (std::holds_alternative<row_buried>(change)) {
        return burying(queue, group, requests, members);
    }
    return {over_part(group.by_lease ? query::item_complete_by_lease : query::item_complete, queue,
                      group.part),
            claims_named(group, requests, members)};
}

/// Keys looked at for one claim from a keyed queue: few of them are blocked as a rule, so most
/// yield something. Each costs an index probe.
constexpr int keys_a_claim = 8;
constexpr int keys_min = 128;
constexpr int keys_max = 1'024;

/// Those of `held` of which `statement` answers {id, token, session}.
std::vector<claim> those_in(transaction& tx, const statement_text& statement,
                            const queue_info& queue, std::span<const claim> held) {
    std::vector<item_id> ids;
    std::set<part_id> parts;
    for (const auto& one : held) {
        ids.push_back(one.held.id);
        parts.insert(one.held.part);
    }
    std::set<std::tuple<std::string, std::int64_t, std::string>> answered;
    // Part by part: one statement over each set of parts would be prepared anew for each.
    for (const auto part : parts) {
        for (const auto& row : tx.run(over_part(statement, queue, part), {ids})) {
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

/// Ids, in order, and the token that each had when the lease claimed it.
struct seen_items {
    std::vector<item_id> ids{};
    std::vector<std::int64_t> tokens{};
};

seen_items seen_in_order(std::vector<const claim*> claims) {
    std::sort(claims.begin(), claims.end(),
              [](const claim* a, const claim* b) { return a->held.id < b->held.id; });
    seen_items seen;
    for (const auto* one : claims) {
        seen.ids.push_back(one->held.id);
        seen.tokens.push_back(one->by_lease.value().seen.value);
    }
    return seen;
}

/// Those of `held` that the lease alone holds, and whose items are as they were when it did.
std::vector<claim> those_there(transaction& tx, const queue_info& queue,
                               std::span<const claim> held) {
    std::map<part_id, std::vector<const claim*>> asked;
    for (const auto& one : held) {
        if (one.by_lease) {
            asked[one.held.part].push_back(&one);
        }
    }
    std::vector<claim> found;
    for (auto& [part, claims] : asked) {
        const auto seen = seen_in_order(claims);
        std::unordered_set<item_id> there;
        for (const auto& row : tx.run(over_part(query::item_still_there, queue, part),
                                      {seen.ids, array_literal(seen.tokens)})) {
            there.insert({*uuid_from(row[0].c_str())});
        }
        for (const auto* one : claims) {
            if (there.contains(one->held.id)) {
                found.push_back(*one);
            }
        }
    }
    return found;
}

/// Asks `statement` of each of `parts`, many at once.
template <class Use>
void for_each_row(transaction& tx, const statement_text& statement, const queue_info& queue,
                  std::span<const part_id> parts, const params& values, Use use) {
    while (!parts.empty()) {
        const auto asked = parts.first(std::min(parts.size(), parts_a_statement));
        parts = parts.subspan(asked.size());
        for (const auto& row : tx.run(over_each_part(statement, queue, asked), values)) {
            use(row);
        }
    }
}

/// Answered are those that ended, unless all did.
void note_by_lease(const ack_step& step, const rows& answered,
                   std::span<const ack_request> requests, std::vector<ack_result>& results) {
    constexpr int ended = 0;
    std::optional<std::vector<item_id>> some;
    if (!answered.is_null(0, ended)) {
        some = answered.ids(0, ended);
        std::sort(some->begin(), some->end());
    }
    for (const auto i : step.requests) {
        if (!some || std::binary_search(some->begin(), some->end(), requests[i].held.held.id)) {
            results[i] = ack_result::acknowledged;
        }
    }
}

const statement_text& claim_by(const claim_wish& wish) {
    if (!wish.by_lease) {
        return query::item_claim;
    }
    return wish.behind == scan_position{} || wish.any_priority ? query::item_claim_by_lease
                                                               : query::item_go_on_by_lease;
}

}  // namespace

std::vector<part_backlog> backlogs_of(transaction& tx, const queue_info& queue,
                                      const std::vector<part_id>& parts, std::int64_t most) {
    std::vector<part_backlog> found;
    for_each_row(tx, query::item_backlog, queue, parts, {std::to_string(most)},
                 [&](const pqxx::row& row) {
                     found.push_back({{row[0].as<std::int32_t>()}, row[1].as<std::int64_t>()});
                 });
    return found;
}

statement claim_statement(const queue_info& queue, const claim_wish& wish) {
    const bool helps = wish.as == lease_role::helper;
    params values{to_text(wish.session), std::to_string(wish.part.value),
                  std::to_string(wish.claims_max)};
    if (!queue.keyed && helps) {
        values.push_back(std::to_string(wish.base.value));
        return {over_part(query::item_help, queue, wish.part), std::move(values)};
    }
    if (!queue.keyed) {
        values.insert(values.end(),
                      {std::to_string(wish.behind.priority), std::to_string(wish.behind.run_at_us),
                       to_text(wish.behind.id),
                       std::to_string(wish.by_lease ? wish.by_lease->value : wish.base.value)});
        return {over_part(claim_by(wish), queue, wish.part), std::move(values)};
    }
    const auto keys = std::clamp(wish.claims_max * keys_a_claim, keys_min, keys_max);
    values.insert(values.end(), {to_text(wish.from), std::to_string(keys)});
    return {over_part(helps ? query::item_help_keyed : query::item_claim_keyed, queue, wish.part),
            std::move(values)};
}

claimed_items claims_in(const rows& answered, const queue_info& queue, const claim_wish& wish) {
    claimed_items made;
    made.claims.reserve(static_cast<std::size_t>(answered.size()));
    made.more = queue.keyed ? wish.from != item_id{} : answered.size() == wish.claims_max;
    for (int row = 0; row < answered.size(); ++row) {
        if (!answered.is_null(row, id)) {
            made.claims.push_back(claim_in(answered, row, wish));
            const auto& held = made.claims.back().held;
            made.last = std::max(made.last, {held.priority, held.run_at_us, held.id});
        }
        if (queue.keyed && !answered.is_null(row, walked_to)) {
            made.more = true;
            made.go_on_at = answered.id(row, walked_to);
        }
    }
    put_most_urgent_first(made.claims);
    return made;
}

void write_down(transaction& tx, const queue_info& queue, std::span<const claim> held) {
    std::vector<const claim*> claims;
    for (const auto& one : held) {
        claims.push_back(&one);
    }
    const auto seen = seen_in_order(std::move(claims));
    const auto& first = held.front();
    tx.run(over_part(query::item_write_down, queue, first.held.part),
           {to_text(first.session), std::to_string(first.held.part.value), seen.ids,
            array_literal(seen.tokens), std::to_string(first.by_lease->base.value),
            std::to_string(first.by_lease->term.value)});
}

std::vector<part_id> parts_in_doubt(transaction& tx, const queue_info& queue,
                                    const std::vector<part_id>& parts) {
    std::vector<part_id> found;
    for_each_row(tx, query::item_in_doubt, queue, parts, {queue.name},
                 [&](const pqxx::row& row) { found.push_back({row[0].as<std::int32_t>()}); });
    return found;
}

claimed_items claim_items(transaction& tx, const queue_info& queue, const claim_wish& wish) {
    return claims_in(tx.ask(claim_statement(queue, wish)), queue, wish);
}

std::vector<claim> held_claims(transaction& tx, const queue_info& queue, const session_id& session,
                               const std::vector<part_id>& parts) {
    std::vector<claim> claims;
    for (const auto part : parts) {
        const auto answered =
            tx.ask({over_part(query::item_held, queue, part), {to_text(session)}});
        for (int row = 0; row < answered.size(); ++row) {
            claims.push_back(claim_in(answered, row, {.session = session, .part = part}));
        }
    }
    put_most_urgent_first(claims);
    return claims;
}

claim_standing note_progress(transaction& tx, const queue_info& queue, const claim& held,
                             const progress& far) {
    if (held.by_lease) {
        write_down(tx, queue, {&held, 1});
    }
    const auto percent = far.percent ? param{std::to_string(*far.percent)} : std::nullopt;
    const auto rows =
        tx.run(over_part(query::item_progress, queue, held.held.part),
               {to_text(held.session), std::to_string(held.held.part.value), to_text(held.held.id),
                std::to_string(held.fence.value), percent, far.note});
    return rows.empty() ? claim_standing::lost : claim_standing::held;
}

std::vector<claim> still_held(transaction& tx, const queue_info& queue,
                              std::span<const claim> held) {
    auto found = those_in(tx, query::item_still_held, queue, held);
    auto there = those_there(tx, queue, held);
    found.insert(found.end(), std::make_move_iterator(there.begin()),
                 std::make_move_iterator(there.end()));
    return found;
}

/// An item that nothing says is claimed is not asked to be cancelled: it is.
std::vector<claim> cancel_asked(transaction& tx, const queue_info& queue,
                                std::span<const claim> held) {
    auto asked = those_in(tx, query::item_cancel_asked, queue, held);
    std::unordered_set<item_id> standing;
    for (const auto& one : still_held(tx, queue, held)) {
        standing.insert(one.held.id);
    }
    for (const auto& one : held) {
        if (one.by_lease && !standing.contains(one.held.id)) {
            asked.push_back(one);
        }
    }
    return asked;
}

std::vector<ack_step> ack_steps(const queue_info& queue, std::span<const ack_request> requests) {
    std::vector<ack_step> steps;
    auto groups = grouped(requests);
    for (auto&& [group, members] : groups) {
        auto what = ending(queue, group, requests, members);
        steps.push_back({std::move(what), std::move(members)});
    }
    return steps;
}

void note_acknowledged(const ack_step& step, const rows& answered,
                       std::span<const ack_request> requests, std::vector<ack_result>& results) {
    if (requests[step.requests.front()].held.by_lease) {
        note_by_lease(step, answered, requests, results);
        return;
    }
    std::unordered_set<item_id> held;
    for (int row = 0; row < answered.size(); ++row) {
        held.insert(answered.id(row, id));
    }
    for (const auto i : step.requests) {
        if (held.contains(requests[i].held.held.id)) {
            results[i] = ack_result::acknowledged;
        }
    }
}

std::vector<ack_result> acknowledge(transaction& tx, const queue_info& queue,
                                    std::span<const ack_request> requests) {
    std::vector<ack_result> results(requests.size(), ack_result::lost);
    for (const auto& step : ack_steps(queue, requests)) {
        note_acknowledged(step, tx.ask(step.what), requests, results);
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
