#include "tests/process/faults/judge.hpp"

#include <cstdlib>

namespace leasehold::test {

namespace {

void note_enqueued(site& here) {
    for (std::size_t queue = 0; queue < queue_names.size(); ++queue) {
        const auto& items = here.items_of(static_cast<int>(queue));
        for (std::size_t at = 0; at < items.size();) {
            std::string some;
            for (std::size_t i = 0; i < 5'000 && at < items.size(); ++i) {
                some += (some.empty() ? "" : ",") + items[at++];
            }
            here.sql("INSERT INTO enqueued SELECT '" + queue_names[queue] + "', unnest('{" + some +
                     "}'::uuid[])");
        }
    }
}

/// Rows of `made` (queue, item) against what was enqueued into `queue`.
void compare(site& here, const std::string& queue, const std::string& made, verdict& found) {
    const auto row = here.sql(
        "WITH made AS (" + made +
        "), times AS (SELECT item, count(*) AS n FROM made GROUP BY item), "
        "wanted AS (SELECT item FROM enqueued WHERE queue = '" +
        queue +
        "') SELECT (SELECT count(*) FROM wanted LEFT JOIN times USING (item) WHERE n IS NULL), "
        "(SELECT count(*) FROM times WHERE n > 1), "
        "(SELECT count(*) FROM times LEFT JOIN wanted USING (item) WHERE wanted.item IS NULL), "
        "(SELECT count(*) FROM wanted JOIN times USING (item) WHERE n = 1)")[0];
    found.lost += row[0].as<int>();
    found.doubled += row[1].as<int>();
    if (const int strangers = row[2].as<int>(); strangers > 0) {
        found.problems.push_back(std::to_string(strangers) + " items of " + queue +
                                 " were done, and never enqueued");
    }
    found.completed_once += row[3].as<int>();
}

/// The program's own judgement: the invariants, and the histories of the server and of all workers
/// against each other.
void run_verify(site& here, const std::string& queue, verdict& found) {
    std::vector<std::string> argv{
        std::getenv("LEASEHOLD_PROGRAM"), "--dsn", here.dsn(), "verify", queue, "--history"};
    for (const auto& one : here.workers()) {
        if (one.queue == queue) {
            argv.push_back(here.history_of(one).string());
        }
    }
    try {
        run_to_end({.argv = std::move(argv), .log = here.logs() / ("verify-" + queue + ".log")});
    } catch (const std::exception& error) {
        found.problems.emplace_back(error.what());
    }
}

/// The workers of a queue cannot have completed more than there was, nor without a claim on the row
/// where claims are on rows.
void judge_queue(site& here, std::size_t queue, const fleet_summary& said, verdict& found) {
    const auto& name = queue_names.at(queue);
    const auto items = static_cast<int>(here.items_of(static_cast<int>(queue)).size());
    if (said.completed > items) {
        found.problems.push_back("the workers of " + name + " say that they completed " +
                                 std::to_string(said.completed) + " items of " +
                                 std::to_string(items));
    }
    const int by_lease = here.count("done WHERE by_lease AND queue = '" + name + "'");
    found.by_lease += by_lease;
    if (here.claims_swapped()) {
        if (by_lease == 0 || by_lease == items) {
            found.problems.push_back("the claims of " + name + " were never swapped");
        }
        return;
    }
    if (here.by_lease(queue) && by_lease == 0) {
        found.problems.push_back("no item of " + name + " was done by the lease");
    }
    if (!here.by_lease(queue) && by_lease > 0) {
        found.problems.push_back(std::to_string(by_lease) + " items of " + name +
                                 " were done without a claim on the row");
    }
}

}  // namespace

verdict judge(site& here, const std::array<fleet_summary, 2>& said) {
    verdict found;
    note_enqueued(here);
    for (std::size_t at = 0; at < queue_names.size(); ++at) {
        const auto& queue = queue_names[at];
        judge_queue(here, at, said.at(at), found);
        compare(here, queue, "SELECT item FROM done WHERE queue = '" + queue + "'", found);
        run_verify(here, queue, found);
        const int left = here.count("leasehold.items_" + queue);
        if (left > 0) {
            found.problems.push_back(std::to_string(left) + " items are still in " + queue);
        }
    }
    found.items = here.count("enqueued");
    verdict effects;
    compare(here, "inside", "SELECT item FROM effects", effects);
    found.lost += effects.lost;
    found.doubled += effects.doubled;
    if (effects.completed_once != static_cast<int>(here.items_of(0).size())) {
        found.problems.push_back(std::to_string(effects.completed_once) + " items of " +
                                 std::to_string(here.items_of(0).size()) +
                                 " have exactly one row of effects");
    }
    if (const int dead = here.count("leasehold.dead_items"); dead > 0) {
        found.problems.push_back(std::to_string(dead) + " items were buried");
    }
    found.longest_stall =
        here.sql(
                "SELECT coalesce(max(extract(epoch FROM gap)), 0) FROM (SELECT at - lag(at) OVER "
                "(PARTITION BY queue ORDER BY at) AS gap FROM done) AS gaps")[0][0]
            .as<double>();
    found.longest_wait =
        here.sql("SELECT coalesce(max(extract(epoch FROM at - created_at)), 0) FROM done")[0][0]
            .as<double>();
    if (found.lost > 0 || found.doubled > 0) {
        found.problems.push_back(std::to_string(found.lost) + " lost, " +
                                 std::to_string(found.doubled) + " doubled");
    }
    found.problems.insert(found.problems.end(), here.problems().begin(), here.problems().end());
    return found;
}

}  // namespace leasehold::test
