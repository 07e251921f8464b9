#include "worker/observed_handler.hpp"

#include <utility>

namespace leasehold {

namespace {

const outcome& wish_of(const outcome& answer) { return answer; }
const outcome& wish_of(const recorded_outcome& answer) { return answer.wish; }

template <class Work>
auto told(work_events& events, const claim& held, Work work) {
    events.handler_started(held);
    try {
        auto answer = work();
        events.handler_ended(held, &wish_of(answer));
        return answer;
    } catch (...) {
        events.handler_ended(held, nullptr);
        throw;
    }
}

struct with_events {
    work_events& events;

    handler operator()(external_handler inner) const {
        return external_handler{
            [&events = events, inner = std::move(inner)](const claim& held, std::stop_token stop) {
                return told(events, held, [&] { return inner(held, std::move(stop)); });
            }};
    }
    handler operator()(transactional_handler inner) const {
        return transactional_handler{
            [&events = events, inner = std::move(inner)](pqxx::transaction_base& tx,
                                                         const claim& held, std::stop_token stop) {
                return told(events, held, [&] { return inner(tx, held, std::move(stop)); });
            }};
    }
    handler operator()(recording_handler inner) const {
        return recording_handler{
            [&events = events, inner = std::move(inner)](const claim& held, std::stop_token stop) {
                return told(events, held, [&] { return inner(held, std::move(stop)); });
            }};
    }
};

}  // namespace

handler observed(handler inner, work_events& events) {
    return std::visit(with_events{events}, std::move(inner));
}

}  // namespace leasehold
