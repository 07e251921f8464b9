#include "parts/replan_rules.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace leasehold {

namespace {

/// How often loads are weighed, where the strategy does.
constexpr milliseconds weighed_every{10'000};
/// Of a queue that grows: whoever grows it may have died.
constexpr milliseconds looked_after_every{1'000};

constexpr const char* joined = "join";
constexpr const char* left = "leave";
constexpr const char* expired = "expired";
constexpr const char* cordoned = "cordon";
constexpr const char* planned_anew = "plan";

plan_seat seat_of(const session_row& one) {
    return {.id = one.id, .weight = one.weight, .name = one.named ? one.name : ""};
}

bool may_hold_parts(const session_row& one) {
    return one.live && one.state == "live" && !one.cordoned;
}

/// Who was there, who is, and whose seat is kept.
struct crew {
    std::vector<plan_seat> seats{};
    std::vector<plan_seat> vacant{};
    std::set<session_id> planned_before{};  ///< sessions that the plan so far names
};

bool is_newcomer(const crew& all, const plan_seat& seat) {
    return !all.planned_before.contains(seat.id);
}

/// One that died keeps its parts only for a successor that is here already: nobody waits for it.
bool has_successor(const crew& all, const session_row& dead) {
    return std::any_of(all.seats.begin(), all.seats.end(), [&](const plan_seat& seat) {
        return seat.name == dead.name && is_newcomer(all, seat);
    });
}

crew crew_of(const plan_record& record) {
    crew all;
    for (const auto& one : record.planned) {
        if (one) {
            all.planned_before.insert(*one);
        }
    }
    for (const auto& one : record.sessions) {
        if (record.is_ready && may_hold_parts(one)) {
            all.seats.push_back(seat_of(one));
        }
    }
    for (const auto& one : record.vacant) {
        if (one.left < record.restart_grace) {
            all.vacant.push_back(one.seat);
        }
    }
    for (const auto& one : record.sessions) {
        if (!one.named || one.cordoned || record.restart_grace == milliseconds{0}) {
            continue;
        }
        const bool leaves = one.live && one.state == "leaving";
        if (leaves || (!one.live && has_successor(all, one))) {
            all.vacant.push_back(seat_of(one));
        }
    }
    return all;
}

std::map<session_id, const char*> departures(const plan_record& record) {
    std::map<session_id, const char*> gone;
    for (const auto& one : record.sessions) {
        if (!one.live) {
            gone[one.id] = expired;
        } else if (one.state == "leaving") {
            gone[one.id] = left;
        } else if (one.cordoned || one.state != "live") {
            gone[one.id] = cordoned;
        }
    }
    return gone;
}

/// Why parts of `from` go to `to`.
class causes {
public:
    causes(const plan_record& record, const crew& all)
        : gone_(departures(record)),
          without_news_(record.is_ready ? left : planned_anew),
          all_(all),
          someone_joined_(
              std::any_of(all.seats.begin(), all.seats.end(),
                          [&](const plan_seat& seat) { return is_newcomer(all, seat); })) {
        for (const auto& seat : all.seats) {
            seats_.insert(seat.id);
        }
        for (const auto& one : all.planned_before) {
            if (!seats_.contains(one)) {
                departed_ = cause_of_end(one);
            }
        }
    }

    std::string why(const std::optional<session_id>& from,
                    const std::optional<session_id>& to) const {
        const bool to_newcomer = to && !all_.planned_before.contains(*to);
        if (from && !seats_.contains(*from)) {
            return cause_of_end(*from);
        }
        if (!from || to_newcomer || (someone_joined_ && departed_ == nullptr)) {
            return joined;
        }
        return departed_ != nullptr ? departed_ : planned_anew;
    }

private:
    const char* cause_of_end(const session_id& one) const {
        const auto found = gone_.find(one);
        return found == gone_.end() ? without_news_ : found->second;
    }

    std::map<session_id, const char*> gone_;
    const char* without_news_;  ///< of one that is not there; or is, in a queue that grows
    const crew& all_;
    std::set<session_id> seats_;
    bool someone_joined_;
    const char* departed_{nullptr};
};

std::optional<milliseconds> sooner(std::optional<milliseconds> a, milliseconds b) {
    return a ? std::min(*a, b) : b;
}

/// Which kept seats go, and when the next one does.
void sort_out_vacant(const plan_record& record, const plan& fresh, plan_changes& changes) {
    const std::set<session_id> named{fresh.begin(), fresh.end()};
    for (const auto& one : record.vacant) {
        if (one.left >= record.restart_grace || !named.contains(one.seat.id)) {
            changes.forgotten.push_back(one.seat.id);
        } else {
            changes.next = sooner(changes.next, record.restart_grace - one.left);
        }
    }
}

}  // namespace

plan_changes next_plan(const plan_record& record) {
    const auto all = crew_of(record);
    const auto fresh = make_plan({.strategy = record.strategy,
                                  .part_count = record.part_count,
                                  .seats = all.seats,
                                  .vacant = all.vacant,
                                  .planned = record.planned,
                                  .loads = record.loads});
    plan_changes changes{.seats = static_cast<int>(all.seats.size())};
    const causes because{record, all};
    for (std::size_t i = 0; i < record.planned.size(); ++i) {
        const auto to = i < fresh.size() ? std::optional{fresh[i]} : std::nullopt;
        if (to != record.planned[i]) {
            changes.parts.push_back({.part = {static_cast<std::int32_t>(i)},
                                     .to = to,
                                     .why = because.why(record.planned[i], to)});
        }
    }
    sort_out_vacant(record, fresh, changes);
    if (!record.is_ready) {
        changes.next = sooner(changes.next, looked_after_every);
    }
    if (record.strategy == "balanced" && changes.seats > 1) {
        changes.next = sooner(changes.next, weighed_every);
    }
    return changes;
}

}  // namespace leasehold
