// leasehold log: who held which part when, and why it changed hands.

#include "base/duration_text.hpp"
#include "base/utf8_text.hpp"
#include "parts/ownership_store.hpp"
#include "sql/transaction.hpp"
#include "worker/cli/command.hpp"
#include "worker/cli/part_strip.hpp"
#include "worker/cli/session_argument.hpp"
#include "worker/cli/text_table.hpp"

#include <nlohmann/json.hpp>

#include <iostream>
#include <stdexcept>

namespace leasehold {

namespace {

using json = nlohmann::ordered_json;

constexpr int listed_unless_told = 100;
constexpr int listed_max = 1'000'000;

struct log_wish {
    std::string queue{};
    ownership_filter which{};
    std::optional<std::string> since{};
    std::optional<int> limit{};
};

/// @throws std::invalid_argument
void complete_filter(log_wish& wish) {
    if (wish.since) {
        wish.which.age = duration_from(*wish.since);
        wish.which.since = wish.which.age ? std::nullopt : wish.since;
    }
    if (wish.which.session && wish.which.session->empty()) {
        throw std::invalid_argument("--session is empty; leave it out to mean any");
    }
}

/// At most one entry more than are wanted, to know whether there is one.
std::vector<ownership_entry> read_log(connection& on, const log_wish& wish, int limit) {
    try {
        return read_snapshot(on, [&](transaction& tx) {
            return list_ownership(tx, wish.queue, wish.which, limit + 1);
        });
    } catch (const sql_failure& failure) {
        const auto& code = failure.sqlstate();
        if (wish.which.since && (code == "22007" || code == "22008" || code == "22009")) {
            throw std::invalid_argument("--since is " + quoted_excerpt(*wish.which.since) +
                                        "; it must be a time, or an age such as 90s, 10min, 2h "
                                        "or 7d");
        }
        throw;
    }
}

json session_json(const std::optional<logged_session>& one) {
    return one ? json(to_text(one->id)) : json(nullptr);
}

json name_json(const std::optional<logged_session>& one) {
    return one && one->name ? json(*one->name) : json(nullptr);
}

json log_json(const std::vector<ownership_entry>& entries) {
    auto rows = json::array();
    for (const auto& one : entries) {
        rows.push_back({{"at", one.at},
                        {"part", one.part.value},
                        {"epoch", one.term.value},
                        {"from", session_json(one.from)},
                        {"from_name", name_json(one.from)},
                        {"to", session_json(one.to)},
                        {"to_name", name_json(one.to)},
                        {"role", one.role},
                        {"reason", one.reason},
                        {"plan", one.plan ? json(*one.plan) : json(nullptr)}});
    }
    return rows;
}

std::string shown(const std::optional<logged_session>& one) {
    if (!one) {
        return "-";
    }
    return one->name ? *one->name + " " + short_id(one->id) : short_id(one->id);
}

std::string log_text(const std::vector<ownership_entry>& entries) {
    text_table table{{"AT", "PART", "EPOCH", "FROM", "TO", "ROLE", "REASON", "PLAN"}};
    for (const auto& one : entries) {
        table.add({one.at, std::to_string(one.part.value), std::to_string(one.term.value),
                   shown(one.from), shown(one.to), one.role, one.reason,
                   one.plan ? std::to_string(*one.plan) : "-"});
    }
    return table.text();
}

int show(const program_context& context, const log_wish& wish) {
    const auto on = connect(context, reading_options());
    const auto queue = chosen_queue(*on, wish.queue);
    if (wish.which.part && wish.which.part->value >= queue.part_count) {
        throw std::invalid_argument("--part is " + std::to_string(wish.which.part->value) +
                                    "; queue " + queue.name + " has the parts 0 to " +
                                    std::to_string(queue.part_count - 1));
    }
    const int limit = wish.limit.value_or(listed_unless_told);
    auto entries = read_log(*on, wish, limit);
    const bool more = entries.size() > static_cast<std::size_t>(limit);
    if (more) {
        entries.erase(entries.begin());
    }
    if (context.json) {
        print_json(log_json(entries));
    } else {
        std::cout << log_text(entries);
    }
    if (entries.empty() && wish.which.session) {
        std::cerr << "leasehold: nothing is of a session " << quoted_excerpt(*wish.which.session)
                  << "; one that is gone has no name any more, only its id" << std::endl;
    }
    if (more) {
        // Not between the data.
        std::cerr << "leasehold: these are the last " << limit
                  << "; there are more: --limit, --since, --part, --session" << std::endl;
    }
    return success_exit;
}

}  // namespace

void add_log_command(CLI::App& app, program_context& context) {
    auto* command = app.add_subcommand("log", "Show who took which part from whom, and why");
    auto wish = std::make_shared<log_wish>();
    add_queue_argument(*command, wish->queue);
    constexpr int part_max = 1'000'000;
    add_number_option(
        *command, "--part", {0, part_max}, [wish](int part) { wish->which.part = part_id{part}; },
        "Of this part");
    command
        ->add_option("--session", wish->which.session,
                     "To or from this session: its id or at least 4 characters of its beginning, "
                     "or its name while it is there")
        ->type_name("SESSION");
    command
        ->add_option("--since", wish->since, "Since this time, or so long ago: 90s, 10min, 2h, 7d")
        ->type_name("TIME");
    add_number_option(
        *command, "--limit", {1, listed_max}, [wish](int limit) { wish->limit = limit; },
        "The last so many; 100 unless told");
    command->footer(
        "The newest comes last. A part that goes from hand to hand is one line; \"-\" is nobody.\n"
        "Reasons: join, leave, expired, cordon and plan are those of the plan that was followed,\n"
        "help is a helper's lease.\n"
        "JSON: [{at, part, epoch, from, from_name, to, to_name, role, reason, plan}]\n\n"
        "Examples:\n  leasehold log mail --since 10min\n"
        "  leasehold log mail --part 17 --limit 20 --json");
    command->callback([&context, wish] {
        complete_filter(*wish);
        context.chosen = [&context, wish] { return show(context, *wish); };
    });
}

}  // namespace leasehold
