#include "tests/bench/membership/real_seat.hpp"

namespace leasehold::membership {

real_seat::real_seat(const std::string& where, const queue_info& queue, mishaps& met)
    : met_(met),
      session_connection_(dsn{where}, {.application_name = "leasehold heartbeat",
                                       .statement_timeout = session_options{}.ttl / 3,
                                       .silence_max = session_options{}.ttl / 2,
                                       .holds_guard = true}),
      lease_connection_(dsn{where}, {.application_name = "leasehold parts"}),
      session_calls_(session_connection_, session_counters_, queue, this_process({}), {}),
      lease_calls_(lease_connection_, lease_counters_, queue, guards::looked_at),
      sessions_({}, session_calls_, *this, machine_clock()),
      leases_({}, sessions_, lease_calls_, *this, machine_clock()) {
    const auto looping = [this](auto step) {
        return std::make_unique<loop>(step, [this](const std::exception&) {
            ++met_.interrupted;
            return beat_again_after(sessions_.options().ttl);
        });
    };
    session_loop_ = looping([this] { return sessions_.tick(); });
    lease_loop_ = looping([this] { return leases_.tick(); });
}

real_seat::~real_seat() { stop(); }

void real_seat::start() {
    session_loop_->start();
    lease_loop_->start();
}

void real_seat::leave() {
    sessions_.retire();
    leases_.leave();
    lease_loop_->wake();
}

void real_seat::stop() {
    session_loop_->stop();
    lease_loop_->stop();
}

void real_seat::close() {
    session_connection_.close();
    lease_connection_.close();
}

void real_seat::session_ended(const session_id&, session_end) {
    if (!leases_.has_left()) {
        ++met_.ended;
    }
}

}  // namespace leasehold::membership
