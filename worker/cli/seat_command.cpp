// leasehold cordon, uncordon, evict: what an operator does to one worker's session.

#include "parts/queue_store.hpp"
#include "session/seat_store.hpp"
#include "sql/transaction.hpp"
#include "worker/cli/command.hpp"
#include "worker/cli/session_argument.hpp"

#include <nlohmann/json.hpp>

#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>

namespace leasehold {

namespace {

struct seat_wish {
    std::string session{};
    std::optional<std::string> queue{};
    bool now{false};
};

enum class seat_order { cordon, uncordon, evict, expire };

/// The session that is meant, as it is at this moment.
seated_session find_seat(connection& on, const seat_wish& wish) {
    if (wish.queue) {
        chosen_queue(on, *wish.queue);
    }
    auto seats = read_snapshot(on, [](transaction& tx) { return list_seats(tx); });
    std::erase_if(seats, [&](const auto& one) { return wish.queue && one.queue != *wish.queue; });
    auto found = the_seat_meant(seats, wish.session, wish.queue);
    if (!found.row.live) {
        throw std::runtime_error("session " + seat_name(found.row) + " of queue " + found.queue +
                                 " has expired; the others end it by themselves");
    }
    return found;
}

seat_change carry_out(transaction& tx, const session_id& id, seat_order order) {
    switch (order) {
        case seat_order::cordon: return set_cordon(tx, id, cordon::on);
        case seat_order::uncordon: return set_cordon(tx, id, cordon::off);
        case seat_order::evict: return evict_session(tx, id);
        case seat_order::expire: return expire_session(tx, id);
    }
    return seat_change::gone;
}

std::string done_text(seat_order order) {
    switch (order) {
        case seat_order::cordon: return "cordoned: its parts move away, it stays";
        case seat_order::uncordon: return "uncordoned: parts are planned for it again";
        case seat_order::evict: return "evicted: it drains and ends after its next heartbeat";
        case seat_order::expire: return "expired: the others take its parts over now";
    }
    return "";
}

std::string kept_text(seat_order order) {
    switch (order) {
        case seat_order::cordon: return "cordoned already";
        case seat_order::uncordon: return "not cordoned";
        case seat_order::evict: return "on its way out already";
        case seat_order::expire: break;
    }
    return "as it was";
}

int run(const program_context& context, const seat_wish& wish, seat_order order) {
    const auto on = connect(context);
    const auto found = find_seat(*on, wish);
    transaction_counters counters;
    const auto change = run_transaction(*on, counters, [&](transaction& tx) {
        return carry_out(tx, found.row.id, order);
    });
    const auto name = "session " + seat_name(found.row) + " of queue " + found.queue;
    if (change == seat_change::gone) {
        throw std::runtime_error(name + " has just ended; see who is there: leasehold sessions " +
                                 found.queue);
    }
    if (change == seat_change::evicted) {
        throw std::runtime_error(name +
                                 " is evicted, so it drains and ends; start its worker anew");
    }
    const bool changed = change == seat_change::changed;
    if (context.json) {
        print_json({{"queue", found.queue},
                    {"session", to_text(found.row.id)},
                    {"name", found.row.name},
                    {"changed", changed}});
    } else {
        std::cout << name << " is " << (changed ? done_text(order) : kept_text(order)) << '\n';
    }
    return success_exit;
}

std::shared_ptr<seat_wish> add_arguments(CLI::App& command) {
    auto wish = std::make_shared<seat_wish>();
    command.add_option("SESSION", wish->session, session_forms)->required()->type_name("");
    command.add_option("--queue", wish->queue, "Look in this queue only")->type_name("QUEUE");
    return wish;
}

void add_cordons(CLI::App& app, program_context& context) {
    auto* on = app.add_subcommand("cordon", "Move a session's parts away, and let it stay");
    auto wish = add_arguments(*on);
    on->footer(
        "No part is planned for it until it is uncordoned: what runs there ends, its parts go to\n"
        "the others one by one, and it stands by. Of a queue whose sessions are all cordoned,\n"
        "nobody works the parts. A worker that is started anew is not cordoned.\n"
        "JSON: {queue, session, name, changed}\n\n"
        "Examples:\n  leasehold cordon worker-3\n  leasehold cordon 1a2b3c4d --queue mail");
    on->callback([&context, wish] {
        context.chosen = [&context, wish] { return run(context, *wish, seat_order::cordon); };
    });

    auto* off = app.add_subcommand("uncordon", "Plan parts for a cordoned session again");
    wish = add_arguments(*off);
    off->footer(
        "JSON: {queue, session, name, changed}\n\n"
        "Example:\n  leasehold uncordon worker-3");
    off->callback([&context, wish] {
        context.chosen = [&context, wish] { return run(context, *wish, seat_order::uncordon); };
    });
}

void add_evict(CLI::App& app, program_context& context) {
    auto* command = app.add_subcommand("evict", "Make a session's worker drain and end");
    auto wish = add_arguments(*command);
    command->add_flag("--now", wish->now,
                      "Expire the session instead, without waiting for its worker");
    command->footer(
        "The worker hears of it with its next heartbeat (within a third of its ttl), drains as if\n"
        "it had got SIGTERM, and ends with exit status 1 and a message. Its supervisor may start\n"
        "it anew.\n"
        "With --now the others take its parts over at once, and what it had claimed runs again.\n"
        "It is not told to end: at its next heartbeat it finds its session gone, stops its\n"
        "handlers, whose acknowledgements are lost, and begins a new session under a new id; so\n"
        "this is for workers that hang or are out of reach. Stop the process besides.\n"
        "JSON: {queue, session, name, changed}\n\n"
        "Examples:\n  leasehold evict worker-3 --queue mail\n  leasehold evict 1a2b3c4d --now");
    command->callback([&context, wish] {
        context.chosen = [&context, wish] {
            return run(context, *wish, wish->now ? seat_order::expire : seat_order::evict);
        };
    });
}

}  // namespace

void add_seat_commands(CLI::App& app, program_context& context) {
    add_cordons(app, context);
    add_evict(app, context);
}

}  // namespace leasehold
