#include "tests/bench/membership/world.hpp"

#include "base/backoff.hpp"
#include "tests/model/drawn_uuid.hpp"

#include <leasehold/ids.hpp>

#include <utility>

namespace leasehold {

namespace membership {

namespace {
world* the_world = nullptr;
}  // namespace

world::world(std::uint64_t seed) : chances_(seed) { the_world = this; }
world::~world() { the_world = nullptr; }
world& world::current() { return *the_world; }

std::shared_ptr<actor> world::start(std::function<void()> body) {
    auto fresh = std::make_shared<actor>(std::move(body));
    arrange(fresh, now_);
    return fresh;
}

void world::arrange(const std::shared_ptr<actor>& who, steady_time when) {
    events_.push({when, ++order_, ++who->ticket_, who});
}

void world::wait_until(steady_time when) {
    const auto me = running_;
    arrange(me, std::max(when, now_));
    me->thread_.suspend();
}

void world::kill(const std::shared_ptr<actor>& who) {
    ++who->ticket_;
    who->thread_.kill();
}

void world::step() {
    auto next = events_.top();
    events_.pop();
    if (next.ticket != next.who->ticket_ || next.who->thread_.is_over()) {
        return;
    }
    now_ = next.at;
    running_ = std::move(next.who);
    running_->thread_.resume();
    running_.reset();
}

bool world::run_until(const std::function<bool()>& done, milliseconds limit) {
    const auto end = now_ + limit;
    while (!done()) {
        if (events_.empty() || events_.top().at > end) {
            now_ = end;
            return false;
        }
        step();
    }
    return true;
}

void world::run_for(milliseconds time) {
    run_until([] { return false; }, time);
}

}  // namespace membership

// What coordinator/base/random.cpp brings to the product, drawn from the seed.

namespace {
boost::uuids::uuid drawn_uuid() {
    return model::drawn_uuid([] { return membership::world::current().draw(); });
}
}  // namespace

session_id random_session_id() { return {drawn_uuid()}; }
item_id random_item_id() { return {drawn_uuid()}; }
double random_fraction() { return membership::world::current().fraction(); }

}  // namespace leasehold
