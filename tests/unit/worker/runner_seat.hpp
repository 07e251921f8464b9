#pragma once

#include "session/session_keeper.hpp"
#include "tests/support/fake_clock.hpp"
#include "worker/claim_book.hpp"
#include "worker/work_counters.hpp"

#include <leasehold/work_events.hpp>

#include <gtest/gtest.h>

namespace leasehold {

struct always_there final : session_calls {
    void register_session(const session_id&) override {}
    extend_outcome extend(const session_id&) override { return extend_outcome::extended; }
};

/// What a runner of two slots stands among: a session that is always there.
struct runner_seat : testing::Test, session_events {
    test::fake_clock time;
    claim_book book{2, 10};
    always_there registry;
    session_keeper sessions;
    work_counters counters;
    work_events events;

    explicit runner_seat(session_options options = {}) : sessions(options, registry, *this, time) {}

    void session_began(const session_id& id) override { book.begin(id); }
    void session_ended(const session_id& id, session_end) override { book.end(id); }
    void session_evicted(const session_id&) override {}
};

}  // namespace leasehold
