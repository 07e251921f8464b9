#include "tests/model/line.hpp"

#include <array>

namespace leasehold::model {

namespace {

constexpr std::array call_faults{fault::slow_request, fault::slow_answer, fault::lost_request,
                                 fault::lost_commit,  fault::lost_answer, fault::late_commit,
                                 fault::slow_client,  fault::conflict,    fault::duplicate};

constexpr std::array read_faults{fault::slow_request, fault::slow_answer, fault::lost_request};

/// A claim that is made twice takes items that nobody hears of; these change nothing when they are
/// carried out again.
bool may_repeat(std::string_view what) {
    return what == "beat" || what == "acknowledge" || what == "effects";
}

/// Hears of a restart for as long as it stands.
class listening {
public:
    listening(server& to, actor& who) : server_(to), actor_(who) { server_.listen(actor_); }
    ~listening() { server_.unlisten(actor_); }
    listening(const listening&) = delete;
    listening& operator=(const listening&) = delete;

private:
    server& server_;
    actor& actor_;
};

}  // namespace

sql_failure line::lost(std::string_view what) {
    return {sql_failure_kind::reconnect, "08006", std::string{what} + ": connection lost"};
}

sql_failure line::in_doubt(std::string_view what) {
    return {sql_failure_kind::in_doubt, "08006", std::string{what} + ": no answer to COMMIT"};
}

instant line::soon() { return actor_.in().between(us_per_ms / 20, us_per_ms); }

void line::connect() {
    if (!server_.is_up()) {
        actor_.rest(soon());
        throw sql_failure(sql_failure_kind::reconnect, "08001", "the server is away");
    }
}

course line::draw(std::string_view what) {
    auto& in = actor_.in();
    course how{.out = soon(), .back = soon()};
    // Most calls are looks for work or for changes, and few of them matter.
    const bool reads = what == "read";
    if (in.calm() || !in.chance(reads ? options_.faults / 4 : options_.faults)) {
        return how;
    }
    const auto pick = [&](const auto& among) {
        return among.at(static_cast<std::size_t>(in.draw() % among.size()));
    };
    how.what = reads ? pick(read_faults) : pick(call_faults);
    switch (*how.what) {
        case fault::duplicate:
            if (!may_repeat(what)) {
                how.what.reset();
            }
            break;  // counted where it is arranged
        case fault::slow_request:
            how.out = in.between(us_per_ms, 2 * options_.patience);
            in.happened(fault::slow_request, in.now() + how.out);
            break;
        case fault::slow_answer:
            how.back = in.between(us_per_ms, 2 * options_.patience);
            in.happened(fault::slow_answer, in.now() + how.back);
            break;
        case fault::conflict:
        case fault::lost_answer: in.happened(*how.what); break;
        default: break;
    }
    return how;
}

void line::lose(const course& how) {
    auto& in = actor_.in();
    const auto silence = in.chance(0.5) ? how.out : in.between(us_per_ms, options_.patience);
    in.happened(fault::lost_request, in.now() + silence);
    actor_.rest(silence);
    throw lost("request");
}

void line::reply(const std::shared_ptr<exchange>& to, instant back) {
    auto& in = actor_.in();
    in.at(in.now() + back, [this, to] {
        if (!to->given_up && to->era == server_.era()) {
            to->replied = true;
            actor_.wake();
        }
    });
}

bool line::await(exchange& what, instant deadline) {
    const listening to{server_, actor_};
    while (!what.replied) {
        if (what.era != server_.era() || actor_.in().now() >= deadline) {
            what.given_up = true;
            return false;
        }
        actor_.wait_until(deadline);
    }
    return true;
}

void line::give_up(const exchange& what) {
    if (!what.transaction.empty()) {
        server_.end_transaction(what.transaction, commit_fate::rolled_back);
    }
}

}  // namespace leasehold::model
