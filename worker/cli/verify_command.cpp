// leasehold verify: does the database show every invariant of docs/guarantees.md?

#include "items/audit_store.hpp"
#include "items/history_rules.hpp"
#include "items/item_tables.hpp"
#include "items/verify_store.hpp"
#include "parts/queue_store.hpp"
#include "sql/server_remarks.hpp"
#include "worker/cli/command.hpp"
#include "worker/cli/history_reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <optional>
#include <stdexcept>

namespace leasehold {

namespace {

/// @param remark  on the server; may be empty
void print(const program_context& context, const std::vector<invariant_check>& checks,
           const std::string& remark) {
    if (context.json) {
        auto rows = nlohmann::ordered_json::array();
        for (const auto& one : checks) {
            rows.push_back({{"name", one.name}, {"ok", one.ok}, {"detail", one.detail}});
        }
        auto remarks = nlohmann::ordered_json::array();
        if (!remark.empty()) {
            remarks.push_back(remark);
        }
        print_json({{"ok", all_hold(checks)}, {"checks", rows}, {"remarks", remarks}});
        return;
    }
    for (const auto& one : checks) {
        std::cout << (one.ok ? "ok  " : "FAILED  ") << one.name << ": " << one.detail << '\n';
    }
    if (!remark.empty()) {
        std::cout << "note  the server: " << remark << '\n';
    }
}

struct verify_wish {
    std::string queue{};
    bool judge_history{false};
    std::vector<std::string> files{};  ///< of clients
    std::optional<std::chrono::seconds> settled_within{};
};

invariant_check as_check(const finding& one) {
    return {.name = one.name, .ok = one.holds(), .detail = one.detail()};
}

/// All that the audit and the clients tell, judged.
std::vector<invariant_check> verify_history(transaction& tx, const queue_info& queue,
                                            const verify_wish& wanted, heard_history heard) {
    std::vector<invariant_check> checks;
    if (!wanted.files.empty()) {
        checks.push_back(as_check(heard.readable));
    }
    history_judge judge{read_coverage(tx, queue.name), read_ownership(tx, queue.name),
                        told_history{wanted.files, std::move(heard.events)}, wanted.settled_within};
    read_audit(tx, queue, [&](const audit_event& one) { judge.see(one); });
    for (const auto& one : judge.verdict()) {
        checks.push_back(as_check(one));
    }
    return checks;
}

int verify(const program_context& context, const verify_wish& wanted) {
    const auto& name = wanted.queue;
    const auto on = connect(context, reading_options());
    chosen_queue(*on, name);
    // The files first: what a client was told before, the snapshot must show.
    auto heard = read_histories(wanted.files, name);
    const auto checks = read_snapshot(*on, [&](transaction& tx) {
        hold_tables(tx, name, table_use::reading);
        const auto queue = require_queue(tx, name);
        auto found = verify_queue(tx, queue);
        if (wanted.judge_history) {
            auto more = verify_history(tx, queue, wanted, std::move(heard));
            found.insert(found.end(), std::make_move_iterator(more.begin()),
                         std::make_move_iterator(more.end()));
        }
        return found;
    });
    print(context, checks, server_remark(*on));
    if (!all_hold(checks)) {
        const auto broken =
            std::count_if(checks.begin(), checks.end(), [](const auto& one) { return !one.ok; });
        throw std::runtime_error(std::to_string(broken) + " of " + std::to_string(checks.size()) +
                                 " checks of queue '" + name + "' failed");
    }
    return success_exit;
}

}  // namespace

void add_verify_command(CLI::App& app, program_context& context) {
    auto* command =
        app.add_subcommand("verify", "Check every invariant of a queue that the database can show");
    auto wanted = std::make_shared<verify_wish>();
    add_queue_argument(*command, wanted->queue);
    auto* history = command
                        ->add_option_function<std::vector<std::string>>(
                            "--history",
                            [wanted](const std::vector<std::string>& files) {
                                wanted->judge_history = true;
                                wanted->files = files;
                                std::erase(wanted->files, "");
                            },
                            "Judge the queue's audit too, and the FILEs of work --history")
                        ->expected(0, -1)
                        ->type_name("[FILE...]");
    add_number_option(
        *command, "--settled-within", {1, 100'000'000},
        [wanted](int seconds) { wanted->settled_within = std::chrono::seconds{seconds}; },
        "With --history: each item ended within N seconds of its coming")
        ->needs(history);
    command->footer(
        "All in one snapshot, so it may run while workers do. Exits 1 on a violation.\n"
        "JSON: {ok, checks[{name, ok, detail}], remarks[]}; remarks are on the server.\n\n"
        "Example:\n  leasehold verify mail\n"
        "  leasehold verify mail --history worker-*.jsonl --settled-within 60");
    command->callback([&context, wanted] {
        context.chosen = [&context, wanted] { return verify(context, *wanted); };
    });
}

}  // namespace leasehold
