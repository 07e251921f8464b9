#include "worker/trace_sweep.hpp"

#include "worker/log.hpp"

#include <algorithm>

namespace leasehold {

namespace {

/// With one statement.
constexpr milliseconds patience{5'000};

}  // namespace

trace_sweep::trace_sweep(const dsn& where, milliseconds interval, const clock& time)
    : time_(time),
      on_(where, {.application_name = "leasehold traces", .statement_timeout = patience}),
      commits_(*this, trace::commits, interval, time),
      guards_(*this, trace::guards, interval, time),
      loop_([this] { return turn(); }, [this](const auto& error) { return say_why(error); }) {}

trace_sweep::table::table(trace_sweep& sweep, trace what, milliseconds interval, const clock& time)
    : keeper([&sweep, what, this] { return sweep.forget_some(what, from); }, interval, time) {}

void trace_sweep::request_stop() noexcept {
    stopping_ = true;
    on_.cut();
}

void trace_sweep::stop() {
    request_stop();
    loop_.stop();
}

/// @return whether there may be more
bool trace_sweep::forget_some(trace what, std::string& from) {
    if (stopping_) {
        return false;
    }
    const auto gone = run_transaction(on_, counters_, [&](transaction& tx) {
        return stopping_ ? traces_gone{} : forget_traces(tx, what, from);
    });
    from = gone.last;
    return gone.more;
}

steady_time trace_sweep::turn() {
    const auto next = std::min(commits_.keeper.tick(), guards_.keeper.tick());
    if (next > time_.now()) {
        on_.close();
    }
    return next;
}

/// @return no wait: what failed is due later, the other table may be due now
milliseconds trace_sweep::say_why(const std::exception& error) {
    on_.close();
    if (!stopping_) {
        log().warn("old traces not taken away {}", fields_of(error));
    }
    return milliseconds{0};
}

}  // namespace leasehold
