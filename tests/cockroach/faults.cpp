#include "tests/cockroach/faults.hpp"

#include <algorithm>
#include <sstream>

namespace leasehold::test {

namespace {
constexpr std::array<std::string_view, fault_kinds> names{
    "restart_at_statement", "restart_at_commit", "ambiguous_committed", "ambiguous_rolled_back",
    "lost_before_commit",   "lost_after_commit", "cancelled",           "lock_timeout"};

std::size_t number_of(fault one) { return static_cast<std::size_t>(one); }
}  // namespace

std::string_view to_text(fault one) { return names.at(number_of(one)); }

std::optional<fault> fault_named(std::string_view name) noexcept {
    const auto* found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? std::nullopt
                                : std::optional{static_cast<fault>(found - names.begin())};
}

void fault_source::set(fault one, fault_rate rate) {
    const std::scoped_lock lock{lock_};
    rates_.at(number_of(one)) = rate;
}

void fault_source::clear() {
    const std::scoped_lock lock{lock_};
    rates_ = {};
}

void fault_source::only(std::string part) {
    const std::scoped_lock lock{lock_};
    part_ = std::move(part);
}

bool fault_source::draw(fault one, chance& dice, std::string_view application_name) {
    const std::scoped_lock lock{lock_};
    auto& rate = rates_.at(number_of(one));
    if (rate.probability <= 0 || application_name.find(part_) == std::string_view::npos ||
        rate.most <= 0 || std::uniform_real_distribution<double>{}(dice) >= rate.probability) {
        return false;
    }
    --rate.most;
    return true;
}

void fault_source::happened(fault one) {
    const std::scoped_lock lock{lock_};
    ++counts_.at(number_of(one));
}

int fault_source::count(fault one) const {
    const std::scoped_lock lock{lock_};
    return counts_.at(number_of(one));
}

void fault_source::note(const std::string& what) {
    const std::scoped_lock lock{lock_};
    ++notes_[what];
}

int fault_source::count(const std::string& what) const {
    const std::scoped_lock lock{lock_};
    const auto found = notes_.find(what);
    return found == notes_.end() ? 0 : found->second;
}

std::string fault_source::table() const {
    const std::scoped_lock lock{lock_};
    std::ostringstream lines;
    const auto line = [&](std::string_view what, int count) {
        if (count > 0) {
            lines << "  " << what << std::string(what.size() < 60 ? 60 - what.size() : 1, ' ')
                  << count << '\n';
        }
    };
    for (std::size_t i = 0; i < fault_kinds; ++i) {
        line(names.at(i), counts_.at(i));
    }
    for (const auto& [what, count] : notes_) {
        line(what, count);
    }
    return lines.str();
}

}  // namespace leasehold::test
