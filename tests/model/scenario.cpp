#include "tests/model/scenario.hpp"

#include "parts/keyspace.hpp"
#include "tests/model/fleet.hpp"
#include "tests/model/fleet_worker.hpp"

#include <array>
#include <functional>

namespace leasehold::model {

namespace {

constexpr instant second = 1'000 * us_per_ms;
constexpr instant endless_after = 200 * second;  // ends a run whose faults go on and on

template <class Choices>
auto pick(world& in, const Choices& among) {
    return among.at(static_cast<std::size_t>(in.draw() % among.size()));
}

milliseconds ms_between(world& in, instant low, instant high) {
    return milliseconds{in.between(low, high)};
}

/// One run, from the outside: who comes and goes, and when.
class director {
public:
    explicit director(surroundings& around) : around_(around), in_(around.in), fleet_(around) {}

    /// @throws broken
    void play() {
        in_.calm_from(around_.how.faulty_for);
        for (int i = 0; i < around_.how.workers; ++i) {
            const auto when = in_.chance(0.7) ? 0 : in_.between(0, around_.how.faulty_for / 2);
            in_.at(when, [this] { fleet_.join(); });
        }
        for (int i = 0; i < around_.how.items; ++i) {
            const auto when = in_.chance(0.5) ? 0 : in_.between(0, around_.how.faulty_for);
            in_.at(when, [this] { enqueue(); });
        }
        disturb_later();
        in_.at(around_.how.faulty_for, [this] {
            fleet_.uncordon_all();
            watch();
        });
        while (!over_ && in_.step()) {
            fleet_.check();
        }
        fleet_.check_reports();
        around_.follows.balance(around_.database.now_there());
    }
    instant settled_after() const noexcept { return settled_after_; }

private:
    void enqueue() {
        item_line fresh;
        fresh.id = random_item_id();
        fresh.part = part_of(fresh.id.value, around_.how.queue.part_count);
        fresh.priority = static_cast<int>(in_.draw() % 3);
        fresh.created_at = in_.now();
        fresh.run_at = in_.now() + (in_.chance(0.2) ? in_.between(0, 2 * second) : 0);
        fresh.max_attempts = around_.how.queue.max_attempts;
        const auto what = draw_job(in_);
        around_.jobs.emplace(fresh.id, what);
        if (in_.chance(0.05)) {
            const auto when = in_.now() + in_.between(0, around_.how.faulty_for);
            in_.at(when, [this, id = fresh.id] { cancel(id); });
        }
        around_.database.enqueue(fresh, what.of != kind::external);
    }

    void cancel(const item_id& item) {
        around_.database.carry_out("producer", "cancel",
                                   [=](tables& all, instant) { all.item_cancel(item); });
    }

    void disturb_later() {
        in_.at(in_.now() + in_.between(50 * us_per_ms, second), [this] {
            if (!in_.calm()) {
                disturb();
                disturb_later();
            }
        });
    }

    void disturb() {
        const auto ttl = in_us(around_.how.options.session.ttl);
        auto* who = fleet_.any();
        const auto what = in_.draw() % 22;
        if (what >= 16) {
            operate(static_cast<int>(what) - 16, who);
        } else if (what < 3) {
            const auto down_for = in_.chance(0.5) ? 0 : in_.between(0, 2 * ttl);
            in_.happened(fault::restart, in_.now() + down_for);
            around_.database.restart(in_.now() + down_for);
        } else if (who == nullptr || (what < 5 && fleet_.in_prime() < 5)) {
            fleet_.join();
        } else if (what < 6) {
            who->drain();
        } else if (what < 7) {
            fleet_.restart(*who);
        } else if (what < 10) {
            in_.happened(fault::crash);
            fleet_.crash(*who);
        } else if (what < 13) {
            const auto until = in_.now() + in_.between(us_per_ms, 3 * ttl);
            in_.happened(fault::pause, until);
            who->pause_until(until);
        } else {
            const auto until = in_.now() + in_.between(us_per_ms, 2 * ttl);
            in_.happened(fault::starve, until);
            who->starve_one_until(until);
        }
    }

    /// The operator's hand.
    void operate(int what, fleet_worker* who) {
        if (what == 0) {
            const auto until = in_.now() + in_.between(0, second);
            in_.happened(fault::held_up, until);
            set_paused(true);
            in_.at(until, [this] { set_paused(false); });
        } else if (what == 1) {
            std::vector<double> loads;
            for (int i = 0; i < around_.how.queue.part_count; ++i) {
                loads.push_back(in_.chance(0.3) ? 100 * in_.fraction() : in_.fraction());
            }
            in_.happened(fault::new_loads);
            around_.database.carry_out("server", "loads",
                                       [&](tables& all, instant) { all.set_loads(loads); });
        } else if (what == 5) {
            const bool now_rows = around_.database.now_there().queue().claims == claim_mode::row;
            in_.happened(fault::other_claims);
            around_.database.carry_out(
                "operator", now_rows ? "by lease" : "by row", [=](tables& all, instant) {
                    all.set_claims(now_rows ? claim_mode::lease : claim_mode::row);
                });
        } else if (who == nullptr) {
            fleet_.join();
        } else if (what == 2) {
            fleet_.evict(*who);
        } else {
            fleet_.cordon(*who, what == 3);
        }
    }

    void set_paused(bool paused) {
        around_.database.carry_out("operator", paused ? "pause" : "resume",
                                   [=](tables& all, instant) { all.set_paused(paused); });
    }

    /// From the last fault on: everything has to settle, the parts first, then the items.
    void watch() {
        if (fleet_.in_prime() == 0) {
            fleet_.join();
        }
        if (in_.now() >= in_.last_fault() && look()) {
            over_ = true;
            return;
        }
        in_.at(in_.now() + 20 * us_per_ms, [this] { watch(); });
    }

    /// @return true when nothing is left to do
    bool look() {
        const auto since = std::max(in_.last_fault(), around_.how.faulty_for);
        fleet_.check_reports_so_far();
        auto left = fleet_.unsettled_parts();
        const auto& items = around_.database.now_there().items();
        if (left.empty() && !items.empty()) {
            left = "item " + brief(items.front().id) + " is not done";
        }
        if (left.empty() && fleet_.is_busy()) {
            left = "a worker is busy with nothing";
        }
        settled_after_ = std::max(settled_after_, in_.now() - since);
        const bool endless = in_.now() > endless_after;
        if (!left.empty() && (endless || settled_after_ > settle_bound(around_.how))) {
            throw broken(invariant::i4_everything_settles,
                         left + ", " + std::to_string(settled_after_ / us_per_ms) +
                             " ms after the last fault");
        }
        return left.empty();
    }

    surroundings& around_;
    world& in_;
    fleet fleet_;
    instant settled_after_ = 0;
    bool over_ = false;
};

}  // namespace

setting draw_setting(world& in) {
    setting how;
    how.queue = {.name = "model",
                 .part_count = static_cast<int>(in.between(2, 8)),
                 .strategy = pick(in, std::array{"lexical", "sticky", "balanced"}),
                 .max_attempts = static_cast<int>(in.between(3, 5)),
                 .retries = {.base = milliseconds{50}, .max = milliseconds{400}},
                 .state = "ready",
                 .help_delay = ms_between(in, 0, 100),
                 .helpers_max = static_cast<int>(in.between(0, 2))};
    how.queue.claims = in.chance(0.6) ? claim_mode::lease : claim_mode::row;
    const auto ttl = ms_between(in, 1'000, 2'000);
    how.options.session.ttl = ttl;
    how.options.session.margin = ttl / 5;
    how.options.leases = {.watch = ms_between(in, 60, 200),
                          .settle = ms_between(in, 20, 50),
                          .drain = ms_between(in, 0, 1'000)};
    how.options.work = {.slots = static_cast<int>(in.between(1, 3)),
                        .claims_max = static_cast<int>(in.between(3, 12)),
                        .poll = ms_between(in, 40, 150),
                        .drain = ms_between(in, 0, 800),
                        .stop_grace = ms_between(in, 0, 200)};
    how.options = validated(how.options);
    how.named = in.chance(0.5);
    how.settle = in.between(0, 60 * us_per_ms);
    how.restart_grace = in.chance(0.3) ? 0 : in.between(0, second);
    how.workers = static_cast<int>(in.between(2, 4));
    how.items = static_cast<int>(in.between(5, 30));
    how.faulty_for = in.between(3 * second, 8 * second);
    how.call_faults = pick(in, std::array{0.02, 0.1, 0.2, 0.35});
    how.clock_error = 0.05;
    return how;
}

job draw_job(world& in) {
    using enum behaviour;
    constexpr std::array behaviours{completes,     completes,     completes,   completes,
                                    completes,     completes,     completes,   completes,
                                    completes,     fails_first,   fails_first, snoozes_first,
                                    snoozes_first, snoozes_first, buries,      poison};
    job what;
    what.does = pick(in, behaviours);
    what.of = pick(in, std::array{kind::external, kind::transactional, kind::recording});
    what.lasts = in.chance(0.1) ? in.between(0, 3 * second) : in.between(0, 300 * us_per_ms);
    what.listens = in.chance(0.7);
    return what;
}

instant settle_bound(const setting& how) noexcept {
    return in_us(how.options.session.ttl) + how.restart_grace + 5 * how.settle + 3 * second;
}

run_result play(std::uint64_t seed, mutation planted_one, bool prints) {
    world in{seed, prints};
    surroundings around{in, draw_setting(in), planted_one};
    run_result result;
    director whole{around};
    try {
        whole.play();
    } catch (const broken& what) {
        result.broke = what.which();
        result.how = what.what();
        in.trace("broken", name_of(what.which()), [&] { return result.how; });
    }
    result.fingerprint = in.fingerprint();
    result.steps = in.steps();
    result.lasted = in.now();
    result.settled_after = whole.settled_after();
    result.items = around.how.items;
    result.slow_revivals = around.follows.slow_revivals();
    result.plans = around.follows.plans();
    result.faults = in.faults();
    return result;
}

}  // namespace leasehold::model
