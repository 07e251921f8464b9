#include "tests/model/world.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace leasehold::model {

namespace {

thread_local world* current_world = nullptr;

constexpr std::array<std::string_view, fault_count> fault_names{
    "crash",       "poison",       "pause",           "starve",       "slow_request",
    "slow_answer", "lost_request", "lost_commit",     "lost_answer",  "late_commit",
    "slow_client", "duplicate",    "conflict",        "restart",      "clock_rate",
    "reaper_race", "slow_handler", "failing_handler", "deaf_handler", "comeback",
    "cordoned",    "evicted",      "held_up",         "new_loads",    "other_claims"};

}  // namespace

std::string_view name_of(fault kind) noexcept {
    return fault_names[static_cast<std::size_t>(kind)];
}

world::world(std::uint64_t seed, bool prints)
    : state_(seed), prints_(prints), before_(std::exchange(current_world, this)) {}

world::~world() { current_world = before_; }

world& world::current() { return *current_world; }

void world::at(instant when, std::function<void()> what) {
    events_.push_back({std::max(when, now_), ++number_, std::move(what)});
    std::push_heap(events_.begin(), events_.end());
}

bool world::step() {
    if (events_.empty()) {
        return false;
    }
    std::pop_heap(events_.begin(), events_.end());
    const auto next = std::move(events_.back());
    events_.pop_back();
    now_ = next.when;
    ++steps_;
    next.what();
    return true;
}

/// Source: splitmix64, Steele, Lea and Flood, "Fast splittable pseudorandom number generators".
std::uint64_t world::draw() noexcept {
    state_ += 0x9e3779b97f4a7c15U;
    auto z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

double world::fraction() noexcept { return static_cast<double>(draw() >> 11U) * 0x1.0p-53; }

instant world::between(instant low, instant high) noexcept {
    const auto span = static_cast<double>(high - low + 1);
    return low + static_cast<instant>(fraction() * span);
}

void world::happened(fault kind, instant ends_at) {
    ++faults_[static_cast<std::size_t>(kind)];
    last_fault_ = std::max(last_fault_, ends_at);
    trace("fault", name_of(kind), [&] {
        return ends_at > now_ ? "for " + std::to_string((ends_at - now_) / us_per_ms) + " ms" : "";
    });
}

void world::mix(std::uint64_t value) noexcept {
    fingerprint_ = (fingerprint_ ^ value) * 0x100000001b3U;
    fingerprint_ ^= fingerprint_ >> 29U;
}

void world::mix(std::string_view text) noexcept {
    for (const char c : text) {
        fingerprint_ = (fingerprint_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
}

void world::print(std::string_view who, std::string_view what, const std::string& text) const {
    std::printf("%9.3f ms  %-16.*s %-18.*s %s\n", static_cast<double>(now_) / us_per_ms,
                static_cast<int>(who.size()), who.data(), static_cast<int>(what.size()),
                what.data(), text.c_str());
}

actor::actor(world& in, process& of, std::string name)
    : world_(in), process_(of), name_(of.name + "." + std::move(name)) {}

void actor::start(std::function<void()> body) {
    fiber_ = std::make_unique<fiber>(std::move(body));
    waits_ = true;
    arrange(world_.now() + world_.between(0, 2 * us_per_ms), false);
}

void actor::arrange(instant when, bool early) {
    // Two words, which std::function keeps without allocating.
    world_.at(when, [this, key = ticket_ << 1U | (early ? 1U : 0U)] {
        go_on(key >> 1U, (key & 1U) != 0);
    });
}

void actor::go_on(std::uint64_t ticket, bool early) {
    if (!waits_ || ticket != ticket_ || process_.is_dead) {
        return;
    }
    if (const auto held = std::max(process_.paused_until, starved_until_); held > world_.now()) {
        // What became due meanwhile goes on in any order.
        arrange(held + world_.between(0, us_per_ms / 5), early);
        return;
    }
    waits_ = false;
    woken_early_ = early;
    ++ticket_;
    world_.mix(ticket_);
    fiber_->resume();
}

bool actor::wait_until(instant when) {
    ++ticket_;
    waits_ = true;
    if (when != never) {
        arrange(when, false);
    }
    fiber_->suspend();
    return woken_early_;
}

void actor::yield() {
    constexpr double long_one = 0.002;
    auto until = world_.now() + world_.between(0, us_per_ms / 10);
    if (!world_.calm() && world_.chance(long_one)) {
        until += world_.between(us_per_ms, 1'000 * us_per_ms);
        process_.disturb(until);
        world_.happened(fault::starve, until);
    }
    wait_until(until);
}

void actor::wake() {
    if (waits_) {
        arrange(world_.now() + world_.between(1, us_per_ms / 20), true);
    }
}

void actor::starve_until(instant when) {
    starved_until_ = std::max(starved_until_, when);
    process_.disturb(when);
}

void actor::kill() {
    if (fiber_ != nullptr) {
        fiber_->kill();
    }
}

steady_time skewed_clock::local(instant true_time) const noexcept {
    const auto passed = static_cast<double>(true_time) * rate_;
    return steady_time{std::chrono::microseconds{began_ + static_cast<instant>(passed)}};
}

instant skewed_clock::true_time(steady_time time) const noexcept {
    const auto shown =
        std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
    return static_cast<instant>(std::ceil(static_cast<double>(shown - began_) / rate_)) + 1;
}

}  // namespace leasehold::model
