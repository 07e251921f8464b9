#include "worker/trace_sweep.hpp"

#include "sql/commit_fate.hpp"
#include "worker/log.hpp"

namespace leasehold {

namespace {

/// For one statement: a later turn tries again.
constexpr milliseconds patience{5'000};

milliseconds say_why(const std::exception& error) {
    log().warn("old traces not taken away error=\"{}\"", error.what());
    return patience;
}

}  // namespace

trace_sweep::trace_sweep(const dsn& where, const clock& time)
    : time_(time),
      on_(where, {.application_name = "leasehold traces", .statement_timeout = patience}),
      keeper_(
          [this] { return run_transaction(on_, counters_, forget_traces, {.attempts_max = 1}); },
          time),
      loop_([this] { return turn(); }, say_why) {}

steady_time trace_sweep::turn() {
    const auto next = keeper_.tick();
    if (next > time_.now()) {
        on_.close();
    }
    return next;
}

}  // namespace leasehold
