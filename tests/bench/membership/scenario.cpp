#include "tests/bench/membership/scenario.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace leasehold::membership {

namespace {

using namespace std::chrono_literals;

constexpr milliseconds comes_again_after{500};

}  // namespace

void fleet::come(const std::string& given_name) {
    seats_.push_back(std::make_unique<seat>(server_, given_name));
}

std::set<std::string> fleet::names() const {
    std::set<std::string> all;
    for (const auto& one : seats_) {
        all.insert(one->name());
    }
    return all;
}

/// All that are to stand are there, nobody else, and every part is where it is planned.
bool fleet::is_settled() const {
    return server_.rows.is_settled() && server_.rows.sessions().size() == seats_.size() &&
           leaving_.empty() && std::all_of(seats_.begin(), seats_.end(), [](const auto& one) {
               return one->is_joined();
           });
}

bool fleet::is_quiet() const {
    return is_settled() && std::all_of(seats_.begin(), seats_.end(),
                                       [](const auto& one) { return one->is_up_to_date(); });
}

/// Forgets those that have left.
void fleet::sweep() {
    std::erase_if(leaving_, [](const auto& one) { return one->has_left(); });
}

void fleet::begin() {
    began_ = server_.time.now();
    server_.counted.start_over(began_);
    server_.longest_wait = {};
    plans_before_ = server_.rows.plans_made();
    plans_moved_before_ = server_.rows.plans_that_moved();
    moved_before_ = server_.rows.moved();
    ownerless_before_ = server_.rows.ownerless();
    worked_before_ = server_.rows.worked_by();
    least_ = 0;
    for (const auto& one : seats_) {
        one->forget_looks();
    }
}

/// The least that must move from what was at the last call to what is now.
void fleet::count_least() {
    least_ += fewest_moves(worked_before_, names(), server_.rows.part_count());
    worked_before_ = server_.rows.worked_by();
}

outcome fleet::finish(const std::string& name, milliseconds limit) {
    auto& time = server_.time;
    const auto settled = [&] {
        sweep();
        return is_settled();
    };
    outcome result{.name = name,
                   .strategy = server_.rows.strategy(),
                   .sessions = static_cast<int>(seats_.size()),
                   .parts = server_.rows.part_count()};
    result.settled = time.run_until(settled, limit);
    result.took = std::chrono::duration_cast<milliseconds>(time.now() - began_);
    result.settled = result.settled && time.run_until([&] { return is_quiet(); }, limit);
    result.observed = std::chrono::duration_cast<milliseconds>(time.now() - began_);
    count_least();
    double looks = 0;
    for (const auto& one : seats_) {
        looks += one->looks();
        result.looks_max = std::max(result.looks_max, one->looks());
    }
    result.looks_mean = looks / static_cast<double>(seats_.size());
    result.plans_made = server_.rows.plans_made() - plans_before_;
    result.plans_that_moved = server_.rows.plans_that_moved() - plans_moved_before_;
    result.moved = server_.rows.moved() - moved_before_;
    result.moved_least = least_;
    result.ownerless = server_.rows.ownerless() - ownerless_before_;
    result.all = server_.counted.total();
    result.standing = server_.counted.standing();
    result.busiest_statements = server_.counted.busiest_statements();
    result.busiest_rows = server_.counted.busiest_rows();
    result.longest_wait = std::chrono::ceil<milliseconds>(server_.longest_wait);
    for (const auto& [statement, of] : server_.counted.by_name()) {
        result.by_statement[std::string{statement}] = of;
    }
    return result;
}

outcome fleet::start(const std::string& name, int sessions, milliseconds time, bool named) {
    begin();
    std::vector<milliseconds> moments;
    for (int i = 0; i < sessions; ++i) {
        moments.emplace_back(
            static_cast<std::int64_t>(static_cast<double>(time.count()) * server_.time.fraction()));
    }
    std::sort(moments.begin(), moments.end());
    for (const auto moment : moments) {
        server_.time.run_until([] { return false; }, std::chrono::duration_cast<milliseconds>(
                                                         began_ + moment - server_.time.now()));
        come(named ? "worker-" + std::to_string(seats_.size()) : "");
    }
    return finish(name, 120s);
}

outcome fleet::stand(const std::string& name, milliseconds time) {
    begin();
    server_.time.run_for(time);
    return finish(name, 120s);
}

outcome fleet::one_leaves() {
    begin();
    const auto which = server_.time.draw() % seats_.size();
    leaving_.push_back(std::move(seats_[which]));
    seats_.erase(seats_.begin() + static_cast<std::ptrdiff_t>(which));
    leaving_.back()->leave();
    return finish("one leaves", 120s);
}

outcome fleet::some_die(const std::string& name, double share) {
    begin();
    const auto dead = static_cast<std::size_t>(share * static_cast<double>(seats_.size()));
    for (std::size_t i = 0; i < dead; ++i) {
        const auto which = server_.time.draw() % seats_.size();
        seats_.erase(seats_.begin() + static_cast<std::ptrdiff_t>(which));
    }
    return finish(name, 120s);
}

void fleet::restart(std::size_t which, bool named) {
    auto& time = server_.time;
    const auto settled = [&] {
        sweep();
        return is_settled();
    };
    const auto name = seats_[which]->name();
    leaving_.push_back(std::move(seats_[which]));
    seats_.erase(seats_.begin() + static_cast<std::ptrdiff_t>(which));
    leaving_.back()->leave();
    const auto gone = [&] {
        sweep();
        return leaving_.empty();
    };
    if (!time.run_until(gone, 60s)) {
        throw std::runtime_error("a session does not leave");
    }
    time.run_for(comes_again_after);
    if (!named) {
        count_least();
    }
    come(named ? name : "");
    std::rotate(seats_.begin(), seats_.end() - 1, seats_.end());
    if (!time.run_until(settled, 60s)) {
        throw std::runtime_error("a restart does not settle");
    }
    count_least();
}

outcome fleet::restart_all(const std::string& name, bool named) {
    begin();
    const auto all = seats_.size();
    for (std::size_t i = 0; i < all; ++i) {
        restart(all - 1, named);
    }
    return finish(name, 120s);
}

}  // namespace leasehold::membership
