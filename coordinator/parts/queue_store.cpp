#include "parts/queue_store.hpp"

#include "base/utf8_text.hpp"
#include "schema/sql.hpp"

#include <pqxx/pqxx>

#include <algorithm>

namespace leasehold {

namespace {

milliseconds milliseconds_in(const pqxx::field& field) {
    return milliseconds{field.as<std::int64_t>()};
}

}  // namespace

std::string queue_name_problem(std::string_view name) {
    constexpr std::size_t length_max = 40;
    const std::string remedy =
        ": a queue name is 1 to 40 lower-case letters, digits and underscores, a letter first";
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto is_allowed = [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
    };
    if (name.empty() || name.size() > length_max || !is_letter(name.front()) ||
        !std::all_of(name.begin(), name.end(), is_allowed)) {
        return quoted_excerpt(name) + " cannot name a queue" + remedy;
    }
    return {};
}

std::optional<queue_info> find_queue(transaction& tx, const std::string& name) {
    const auto rows = tx.run(query::queue_get, {name});
    if (rows.empty()) {
        return std::nullopt;
    }
    const auto row = rows[0];
    return queue_info{.name = row["name"].c_str(),
                      .part_count = row["part_count"].as<int>(),
                      .strategy = row["strategy"].c_str(),
                      .keyed = row["keyed"].as<bool>(),
                      .max_attempts = row["max_attempts"].as<int>(),
                      .retries = {.base = milliseconds_in(row["retry_base_ms"]),
                                  .max = milliseconds_in(row["retry_max_ms"])},
                      .generation = row["generation"].as<std::int64_t>(),
                      .state = row["state"].c_str(),
                      .audit = row["audit"].c_str(),
                      .paused = row["paused"].as<bool>(),
                      .settle = milliseconds_in(row["settle_ms"]),
                      .restart_grace = milliseconds_in(row["restart_grace_ms"]),
                      .help_delay = milliseconds_in(row["help_delay_ms"]),
                      .helpers_max = row["helpers_max"].as<int>(),
                      .claims = claim_mode_from(row["claims"].c_str()),
                      .dialect = dialect_named(row["server"].c_str())};
}

queue_info require_queue(transaction& tx, const std::string& name) {
    if (const auto problem = queue_name_problem(name); !problem.empty()) {
        refuse(problem);
    }
    auto found = find_queue(tx, name);
    if (!found) {
        refuse("there is no queue " + quoted_excerpt(name) +
               "; create it: leasehold queue create " + name);
    }
    if (found->state == "creating") {
        refuse(
            "queue " + quoted_excerpt(name) +
            " is being created, or its creation was cut off; finish it: leasehold queue create " +
            name + " --if-not-exists");
    }
    if (found->state == "dropping") {
        refuse("queue " + quoted_excerpt(name) +
               " is being dropped; finish it: leasehold queue drop " + name + " --yes");
    }
    return std::move(*found);
}

queue_info describe_queue(pqxx::transaction_base& tx, const std::string& name) {
    // What is asked first is the same everywhere, and answers which it is.
    transaction ours{tx, common_words};
    return require_queue(ours, name);
}

std::vector<queue_row> list_queues(transaction& tx) {
    std::vector<queue_row> queues;
    for (const auto& row : tx.run(query::queue_list)) {
        queues.push_back({.info = {.name = row["name"].c_str(),
                                   .part_count = row["part_count"].as<int>(),
                                   .strategy = row["strategy"].c_str(),
                                   .keyed = row["keyed"].as<bool>(),
                                   .max_attempts = row["max_attempts"].as<int>(),
                                   .generation = row["generation"].as<std::int64_t>(),
                                   .state = row["state"].c_str(),
                                   .audit = row["audit"].c_str(),
                                   .paused = row["paused"].as<bool>(),
                                   .claims = claim_mode_from(row["claims"].c_str()),
                                   .dialect = tx.dialect()},
                          .sessions = row["sessions"].as<std::int64_t>()});
    }
    return queues;
}

std::int64_t live_sessions(transaction& tx, const std::string& name) {
    return tx.run(query::queue_live_sessions, {name})[0][0].as<std::int64_t>();
}

void insert_queue(transaction& tx, const queue_spec& wanted) {
    tx.run(query::queue_insert,
           {wanted.name, std::to_string(wanted.part_count), wanted.keyed ? "true" : "false",
            std::to_string(wanted.max_attempts), std::to_string(wanted.retries.base.count()),
            std::to_string(wanted.retries.max.count()), wanted.strategy,
            std::string{to_text(wanted.claims)}});
}

bool set_queue_policy(transaction& tx, const std::string& name, const queue_policy& wanted) {
    const auto time = [](const std::optional<milliseconds>& value) {
        return value ? param{std::to_string(value->count())} : std::nullopt;
    };
    const auto count = [](const std::optional<int>& value) {
        return value ? param{std::to_string(*value)} : std::nullopt;
    };
    return !tx.run(query::queue_set_policy,
                   {name, count(wanted.max_attempts), time(wanted.retry_base),
                    time(wanted.retry_max), wanted.strategy, time(wanted.settle),
                    time(wanted.restart_grace), time(wanted.help_delay), count(wanted.helpers_max),
                    wanted.claims})
                .empty();
}

bool set_paused(transaction& tx, const std::string& name, queue_pace pace) {
    const auto* const paused = pace == queue_pace::paused ? "true" : "false";
    return !tx.run(query::queue_pause, {name, paused}).empty();
}

void insert_parts(transaction& tx, const std::string& name) {
    tx.run(query::queue_parts_insert, {name});
}

void set_queue_state(transaction& tx, const std::string& name, const std::string& state) {
    tx.run(query::queue_set_state, {name, state});
}

void forget_queue(transaction& tx, const std::string& name) { tx.run(query::queue_forget, {name}); }

std::optional<queue_watch> watch_queue(transaction& tx, const std::string& name,
                                       const session_id& me, const session_id& random,
                                       const std::optional<std::int64_t>& over) {
    const auto rows =
        tx.run(query::queue_watch, {name, to_text(me), to_text(random), over ? "true" : "false"});
    if (rows.empty()) {
        return std::nullopt;
    }
    const auto first = rows[0];
    queue_watch seen{
        .generation = first["generation"].as<std::int64_t>(),
        .plan = first["plan"].as<std::int64_t>(),
        .planned_seats = first["planned_seats"].as<int>(),
        .settings = {.paused = first["paused"].as<bool>(),
                     .help_delay = milliseconds{first["help_delay_ms"].as<std::int64_t>()},
                     .helpers_max = first["helpers_max"].as<int>(),
                     .strategy = first["strategy"].c_str(),
                     .claims = claim_mode_from(first["claims"].c_str()),
                     .part_count = first["part_count"].as<int>(),
                     .growing = first["is_growing"].as<bool>()},
    };
    if (!first["plan_due_in_ms"].is_null()) {
        seen.next_plan_due = milliseconds{first["plan_due_in_ms"].as<std::int64_t>()};
    }
    for (const auto& row : rows) {
        if (!row["id"].is_null()) {
            (row["is_neighbour"].as<bool>() ? seen.neighbour : seen.random) = session_in(row);
        }
        if (!row["guard_is_held"].is_null()) {
            seen.guard = guard_look{.of = seen.neighbour->id,
                                    .guard = row["guard"].as<std::int64_t>(),
                                    .is_held = row["guard_is_held"].as<bool>(),
                                    .over = over.value_or(0)};
        }
    }
    return seen;
}

}  // namespace leasehold
