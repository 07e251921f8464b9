// leasehold queue parts: how many parts a queue has, and how it gets more.

#include "base/utf8_text.hpp"
#include "items/queue_growth.hpp"
#include "parts/queue_store.hpp"
#include "session/session_store.hpp"
#include "worker/cli/command.hpp"
#include "worker/database_calls.hpp"

#include <nlohmann/json.hpp>

#include <iomanip>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace leasehold {

namespace {

constexpr number_range factors{2, 64};

int factor_in(const std::string& text) {
    if (!text.ends_with('x')) {
        throw std::invalid_argument("--grow is " + quoted_excerpt(text) +
                                    "; it must be 2x to 64x: how many parts each becomes");
    }
    return whole_number(text.substr(0, text.size() - 1), "the factor of --grow", factors);
}

std::string count(std::int64_t number, const std::string& noun) {
    return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string seconds(milliseconds time) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(1) << std::chrono::duration<double>(time).count()
         << " s";
    return text.str();
}

/// For whoever waits; the answer itself goes to stdout.
void tell(const growth_progress& far) {
    using stage = growth_progress::stage;
    switch (far.now) {
        case stage::make: std::cerr << "made " << count(far.of, "table"); break;
        case stage::wait:
            std::cerr << "waiting for " << count(far.of, "session") << " to let go of "
                      << count(far.done, "part");
            break;
        case stage::move:
            std::cerr << "moved the items of " << far.done << " of " << count(far.of, "part");
            break;
        case stage::clean: std::cerr << "dropped the old tables"; break;
    }
    std::cerr << std::endl;
}

/// What a session that is at work would do: makes the plan that is due, ends expired sessions.
void follow_plan(connection& on, transaction_counters& counters, const queue_info& queue) {
    lease_database calls{on, counters, queue};
    const auto sessions =
        read_snapshot(on, [&](transaction& tx) { return list_sessions(tx, queue.name); });
    for (const auto& one : sessions) {
        if (!one.live) {
            calls.begin_reap(one);
        }
    }
    calls.make_plan();
    for (const auto& one : sessions) {
        while (!one.live && calls.reap_step(one) == reap_progress::goes_on) {
        }
    }
}

int grow(const program_context& context, const std::string& name, int factor,
         milliseconds patience) {
    const auto on = connect(context, reading_options());
    const auto beside = connect(context, reading_options());
    const auto queue = chosen_queue(*on, name);
    transaction_counters counters;
    const auto made = grow_queue(*on, *beside, counters, name, factor,
                                 {.told = tell,
                                  .while_waiting = [&] { follow_plan(*beside, counters, queue); },
                                  .patience = patience});
    if (context.json) {
        print_json({{"queue", name},
                    {"parts_before", made.parts_before},
                    {"parts", made.parts},
                    {"was_done", made.was_done},
                    {"items", made.moved},
                    {"nobody_works_ms", made.nobody_works.count()},
                    {"nobody_adds_ms", made.nobody_adds.count()}});
    } else if (made.was_done) {
        std::cout << "queue " << name << " had grown to " << count(made.parts, "part")
                  << " already, by a call that was cut off; it is cleared up now\n";
    } else {
        std::cout << "queue " << name << " grew from " << made.parts_before << " to "
                  << count(made.parts, "part") << "; " << count(made.moved, "item")
                  << " moved, nobody worked for " << seconds(made.nobody_works)
                  << " and nobody could enqueue for " << seconds(made.nobody_adds) << '\n';
    }
    return success_exit;
}

int show(const program_context& context, const std::string& name) {
    const auto on = connect(context, reading_options());
    const auto queue = chosen_queue(*on, name);
    if (context.json) {
        print_json({{"queue", name}, {"parts", queue.part_count}});
    } else {
        std::cout << "queue " << name << " has " << count(queue.part_count, "part") << '\n';
    }
    return success_exit;
}

}  // namespace

void add_queue_parts_command(CLI::App& queue, program_context& context) {
    struct wish {
        std::string name{};
        std::optional<int> factor{};
        milliseconds patience{120'000};
    };
    auto* command = queue.add_subcommand("parts", "Tell how many parts a queue has, or add some");
    auto wanted = std::make_shared<wish>();
    command->add_option("NAME", wanted->name, "Name of the queue")->required()->type_name("");
    auto* growing =
        command
            ->add_option_function<std::string>(
                "--grow", [wanted](const std::string& text) { wanted->factor = factor_in(text); },
                "2x to 64x: each part becomes so many; ids keep their place")
            ->type_name("Kx");
    add_number_option(
        *command, "--patience", {1, 86'400},
        [wanted](int patience) { wanted->patience = std::chrono::seconds{patience}; },
        "With --grow: seconds in which sessions have to let go; 120 unless told")
        ->needs(growing);
    command->footer(
        "Workers stay, and wait; whoever enqueues waits while the items move. A call that was cut\n"
        "off is finished by the same call. What it costs: docs/operating.md.\n"
        "JSON: {queue, parts}; of --grow {queue, parts_before, parts, was_done, items,\n"
        "nobody_works_ms, nobody_adds_ms}\n\n"
        "Example:\n  leasehold queue parts mail --grow 2x");
    command->callback([&context, wanted] {
        context.chosen = [&context, wanted] {
            return wanted->factor ? grow(context, wanted->name, *wanted->factor, wanted->patience)
                                  : show(context, wanted->name);
        };
    });
}

}  // namespace leasehold
