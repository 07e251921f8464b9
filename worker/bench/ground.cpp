#include "worker/bench/ground.hpp"

#include "items/queue_setup.hpp"
#include "items/table_steps.hpp"
#include "parts/queue_store.hpp"
#include "sql/migrations.hpp"
#include "worker/bench/ground_store.hpp"
#include "worker/bench/interrupt.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

namespace leasehold::bench {

namespace {

/// Its statements take as long as they take; tables are small at first, and then are not.
connect_options for_ground() {
    connect_options options{.application_name = "leasehold bench"};
    options.statement_timeout = milliseconds{0};
    options.index_scans_only = false;
    return options;
}

}  // namespace

ground::ground(std::string where, std::stop_token asked,
               std::function<void(const std::string&)> tell)
    : text_(std::move(where)),
      where_(text_),
      asked_(std::move(asked)),
      tell_(std::move(tell)),
      on_(where_, for_ground()) {
    on_.open();
    require_functions(on_, "leasehold bench");
    require_schema(on_);
    take_lock();
    remove_left_behind();
    make();
}

ground::~ground() {
    try {
        remove();
    } catch (const std::exception& error) {
        tell_(
            "the schema leasehold_bench and queues leasehold_bench_... are left behind; the next "
            "leasehold bench removes them: " +
            std::string{error.what()});
    }
}

/// One that was killed has it until the server notices, at the end of its statement.
void ground::take_lock() {
    constexpr std::chrono::seconds patience{3};
    constexpr milliseconds pace{100};
    const auto until = machine_clock().now() + patience;
    while (!run([](transaction& tx) { return take_run_lock(tx); })) {
        check(asked_);
        if (machine_clock().now() > until) {
            const auto holder = run([](transaction& tx) { return run_lock_holder(tx); });
            throw std::runtime_error(
                "another leasehold bench is at work in this database" +
                (holder ? " (server process " + *holder + ")" : std::string{}) +
                "; wait until it has ended, or stop it with Ctrl-C");
        }
        std::this_thread::sleep_for(pace);
    }
}

void ground::make() {
    if (!run([](transaction& tx) { return may_make_ground(tx); })) {
        throw std::runtime_error(
            "this role may not create schemas in this database; leasehold bench needs one that "
            "may, and that may create queues, such as the role of leasehold migrate");
    }
    run([](transaction& tx) { make_ground(tx); });
    made_ = true;
}

void ground::remove_left_behind() {
    switch (run([](transaction& tx) { return look_at_ground(tx); })) {
        case ground_state::none: return;
        case ground_state::foreign:
            throw std::runtime_error(
                "there is a schema leasehold_bench that leasehold bench did not make; rename it, "
                "or run the bench in another database");
        case ground_state::left_behind: break;
    }
    tell_("removing what a bench left behind that was cut off");
    made_ = true;
    remove();
}

queue_info ground::make_queue(const std::string& name, int parts, claim_mode mode) {
    if (run([&](transaction& tx) { return find_queue(tx, name).has_value(); })) {
        throw std::runtime_error("there is a queue " + name +
                                 " that leasehold bench did not make; drop it, or run the bench "
                                 "in another database");
    }
    run([&](transaction& tx) { note_queue(tx, name); });
    create_queue(on_, counters_, {.name = name, .part_count = parts, .claims = mode});
    return run([&](transaction& tx) { return require_queue(tx, name); });
}

void ground::remove() {
    if (!std::exchange(made_, false)) {
        return;
    }
    on_.open();
    drop_queues();
    run([](transaction& tx) { drop_ground(tx); });
}

void ground::drop_queues() {
    for (const auto& name : run([](transaction& tx) { return noted_queues(tx); })) {
        if (run([&](transaction& tx) { return find_queue(tx, name).has_value(); })) {
            drop_when_free(name);
        }
    }
}

/// Sessions of workers that were killed stand until their ttl is over.
void ground::drop_when_free(const std::string& queue) {
    constexpr std::chrono::seconds patience{20};
    constexpr milliseconds pace{100};
    const auto until = machine_clock().now() + patience;
    while (run([&](transaction& tx) { return live_sessions(tx, queue); }) > 0 &&
           machine_clock().now() < until) {
        std::this_thread::sleep_for(pace);
    }
    drop_queue(on_, counters_, queue);
}

}  // namespace leasehold::bench
