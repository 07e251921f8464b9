#include "tests/model/fleet.hpp"

#include "parts/replan_rules.hpp"
#include "tests/model/fleet_worker.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace leasehold::model {

surroundings::surroundings(world& world_of_it, setting numbers, mutation what)
    : in(world_of_it),
      how(std::move(numbers)),
      planted_one(what),
      follows(how.queue.part_count),
      database(in,
               tables{{.strategy = how.queue.strategy,
                       .help_delay = how.queue.help_delay,
                       .helpers_max = how.queue.helpers_max,
                       .settle = how.settle,
                       .restart_grace = how.restart_grace,
                       .claims = how.queue.claims},
                      how.queue.part_count,
                      in_us(how.options.session.ttl),
                      what},
               follows) {}

void surroundings::fail(invariant what, const std::string& how_so) {
    if (!failure) {
        failure = broken(what, how_so);
    }
}

fleet::fleet(surroundings& around) : around_(around) {}
fleet::~fleet() = default;

void fleet::join() {
    process_identity fresh;
    fresh.name = "seat" + std::to_string(workers_.size() + 1);
    fresh.named = around_.how.named;
    join_as(fresh);
}

void fleet::join_soon(const process_identity& who) {
    const auto pause = around_.in.between(0, 1'000 * us_per_ms);
    around_.in.at(around_.in.now() + pause, [this, who] { join_as(who); });
}

void fleet::join_as(const process_identity& who) {
    const auto number = static_cast<int>(workers_.size()) + 1;
    const auto on_poison = [this](fleet_worker& one, const claim& held) {
        around_.in.at(around_.in.now(), [this, &one, held] {
            if (!one.itself().is_dead) {
                around_.in.happened(fault::poison);
                around_.follows.killed_by(held);
                crash(one);
            }
        });
    };
    workers_.push_back(std::make_unique<fleet_worker>(around_, number, who, on_poison));
    around_.in.trace(workers_.back()->itself().name, "joins", [&] { return who.name; });
    workers_.back()->start();
}

void fleet::crash(fleet_worker& who) {
    around_.in.trace(who.itself().name, "crashes");
    who.crash();
    notice_death(who);
    // Somebody starts it anew; at the end there has to be someone who does the work.
    join_soon(who.identity());
}

/// Its connections are closed, which its neighbour may see.
void fleet::notice_death(const fleet_worker& who) {
    const auto& seat = who.seat();
    if (!seat || around_.in.chance(0.5)) {
        return;
    }
    around_.in.at(around_.in.now() + 300 * us_per_ms, [this, id = seat->id] {
        around_.database.carry_out("neighbour", "expire",
                                   [=](tables& all, instant at) { all.session_expire(id, at); });
    });
}

void fleet::restart(fleet_worker& who) {
    around_.in.happened(fault::comeback);
    who.drain();
    join_soon(who.identity());
}

void fleet::evict(fleet_worker& who) {
    if (const auto& seat = who.seat()) {
        around_.in.happened(fault::evicted);
        around_.database.carry_out("operator", "evict",
                                   [id = seat->id](tables& all, instant at) { all.evict(id, at); });
        join_soon(who.identity());
    }
}

void fleet::cordon(fleet_worker& who, bool cordoned) {
    if (const auto& seat = who.seat()) {
        around_.in.happened(fault::cordoned);
        around_.database.carry_out("operator", cordoned ? "cordon" : "uncordon",
                                   [id = seat->id, cordoned](tables& all, instant at) {
                                       all.set_cordoned(id, cordoned, at);
                                   });
    }
}

void fleet::uncordon_all() {
    around_.database.carry_out("operator", "uncordon all", [](tables& all, instant at) {
        for (const auto& one : all.session_list(at)) {
            all.set_cordoned(one.id, false, at);
        }
    });
}

std::size_t fleet::in_prime() const {
    return static_cast<std::size_t>(std::count_if(
        workers_.begin(), workers_.end(), [](const auto& one) { return one->is_in_prime(); }));
}

fleet_worker* fleet::any() {
    const auto count = in_prime();
    if (count == 0) {
        return nullptr;
    }
    auto place = around_.in.draw() % count;
    for (const auto& one : workers_) {
        if (one->is_in_prime() && place-- == 0) {
            return one.get();
        }
    }
    return nullptr;
}

void fleet::check() {
    std::map<item_id, int> trusted;
    for (const auto& one : workers_) {
        if (one->is_over()) {
            continue;
        }
        one->look();
        check_trust(*one);
        const auto& seat = one->seat();
        for (const auto& live : one->running()) {
            const auto& held = live.what->held;
            const bool told = live.what->stop.stop_requested();
            if (seat && seat->id == held.session && !told && ++trusted[held.held.id] > 1) {
                throw broken(invariant::i5_one_trusted_handler,
                             "item " + brief(held.held.id) + " has two handlers that may go on");
            }
        }
    }
    if (around_.failure) {
        throw broken{*around_.failure};
    }
}

void fleet::check_trust(const fleet_worker& one) const {
    const auto now = around_.in.now();
    if (const auto& seat = one.seat()) {
        const auto* story = one.story();
        const bool gone = story == nullptr || (story->is_over && !story->left);
        if (gone || (!story->left && story->expires_at <= now)) {
            throw broken(invariant::i5_trust_ends_first, one.itself().name + " trusts session " +
                                                             brief(seat->id) +
                                                             ", which has expired");
        }
    }
    const auto& margin = around_.how.options.session.margin;
    const auto allowed = in_us(margin) / 4 * 11 / 10 + 5 * us_per_ms;
    for (const auto& live : one.running()) {
        if (live.what->stop.stop_requested()) {
            continue;
        }
        const auto since = one.disbelieved_since(live.what->held.session);
        if (since && now > std::max(*since, one.itself().disturbed_at) + allowed) {
            throw broken(invariant::i5_handlers_are_told,
                         one.itself().name + " lets the handler of item " +
                             brief(live.what->held.held.id) + " go on after its trust has ended");
        }
    }
}

std::string fleet::unsettled_parts() const {
    const auto& there = around_.database.now_there();
    const auto now = around_.in.now();
    for (const auto& one : there.sessions()) {
        if (one.expires_at <= now || one.state != session_line::live) {
            return "session " + brief(one.id) + " is over and still there";
        }
    }
    if (there.sessions().size() != in_prime()) {
        return std::to_string(there.sessions().size()) + " sessions of " +
               std::to_string(in_prime()) + " workers";
    }
    if (there.due_plan(now)) {
        return "a plan is due";
    }
    // One that were made now would move nothing, unless it weighs new loads: it will come for that.
    const auto again = next_plan(there.recorded_plan(now)).parts;
    if (!again.empty() && there.queue().weighed) {
        return "part " + std::to_string(again.front().part.value) +
               " is not planned for whom it should be";
    }
    const auto owned = there.lease_list();
    for (std::size_t i = 0; i < there.parts().size(); ++i) {
        const auto& planned = there.parts()[i].planned_for;
        if (!planned || owned.size() != there.parts().size() || owned[i].owner != planned) {
            return "part " + std::to_string(i) + " is not held by " +
                   (planned ? brief(*planned) : std::string{"anybody"});
        }
    }
    return {};
}

bool fleet::is_busy() const {
    return std::any_of(workers_.begin(), workers_.end(),
                       [](const auto& one) { return !one->itself().is_dead && !one->is_idle(); });
}

fleet::tally fleet::count(const fleet_worker& one) const {
    tally made;
    for (const auto& session : one.all_sessions()) {
        made.done += around_.follows.acknowledged_under(session);
    }
    const auto said = one.reported();
    made.sure =
        said.completed + said.retried + said.snoozed + said.buried + said.released + said.cancelled;
    made.unknown = said.unknown + one.unknown_uncounted();
    return made;
}

void fleet::check_reports_so_far() const {
    for (const auto& one : workers_) {
        const auto made = count(*one);
        if (made.sure > made.done) {
            report_is_wrong(*one, made);
        }
    }
}

void fleet::check_reports() const {
    check_reports_so_far();
    for (const auto& one : workers_) {
        const auto made = count(*one);
        if (made.done > made.sure + made.unknown && !one->itself().is_dead) {
            report_is_wrong(*one, made);
        }
    }
}

void fleet::report_is_wrong(const fleet_worker& one, const tally& made) {
    throw broken(invariant::reports_are_true,
                 one.itself().name + " reports " + std::to_string(made.sure) +
                     " acknowledgements and " + std::to_string(made.unknown) +
                     " unknown ones; the database made " + std::to_string(made.done));
}

}  // namespace leasehold::model
