#include "worker/load_keeper.hpp"

#include "items/load_rules.hpp"

#include <algorithm>
#include <utility>

namespace leasehold {

namespace {

/// Whatever was before no longer counts.
constexpr milliseconds known_for_long{300'000};

}  // namespace

void load_keeper::told(const queue_settings& settings) {
    const bool wanted = settings.strategy == "balanced";
    part_count_ = settings.part_count;
    if (std::exchange(wanted_, wanted) != wanted) {
        loads_.clear();
        due_at_ = time_.now();
    }
}

steady_time load_keeper::tick() {
    const auto now = time_.now();
    if (!wanted_) {
        return now + interval_;
    }
    if (now >= due_at_) {
        due_at_ = now + interval_;  // first: what fails is measured again no sooner
        if (const auto me = book_.session()) {
            measure(*me);
        }
    }
    return due_at_;
}

void load_keeper::measure(const session_id& me) {
    if (std::exchange(me_, me) != me) {
        loads_.clear();
    }
    const auto parts = book_.open_parts();
    keep_only(parts);
    std::vector<part_id> known;
    std::vector<part_id> fresh;
    for (const auto part : parts) {
        (loads_.contains(part) ? known : fresh).push_back(part);
    }
    if (!known.empty()) {
        look_at(known);
        write(me);
    }
    if (!fresh.empty()) {
        begin(me, fresh);
    }
}

void load_keeper::keep_only(const std::vector<part_id>& parts) {
    std::erase_if(loads_, [&](const auto& one) {
        return std::find(parts.begin(), parts.end(), one.first) == parts.end();
    });
}

/// What the owners before wrote down goes on. Where that is nothing, nobody has measured yet, or
/// there was nothing to measure: what is seen first counts in full.
void load_keeper::begin(const session_id& me, const std::vector<part_id>& parts) {
    for (const auto& one : calls_.read(me, parts)) {
        counters_.take_work(one.part);
        loads_[one.part] = {.at = time_.now(),
                            .known_for = one.load > 0 ? known_for_long : milliseconds{0},
                            .load = one.load,
                            .written = one.load};
    }
}

void load_keeper::look_at(const std::vector<part_id>& parts) {
    for (const auto& one : calls_.backlogs(parts, backlog_max(part_count_))) {
        auto& known = loads_[one.part];
        const auto now = time_.now();
        const auto elapsed = std::chrono::duration_cast<milliseconds>(now - known.at);
        if (elapsed <= milliseconds{0}) {
            continue;
        }
        const part_work seen{.ended = counters_.take_work(one.part), .backlog = one.items};
        known.load =
            decayed_load(known.load, known.known_for, measured_load(seen, elapsed), elapsed);
        known.known_for += elapsed;
        known.at = now;
    }
}

void load_keeper::write(const session_id& me) {
    std::vector<part_load> changed;
    for (const auto& [part, known] : loads_) {
        if (is_worth_writing(known.written, known.load)) {
            changed.push_back({part, known.load});
        }
    }
    if (changed.empty()) {
        return;
    }
    calls_.write(me, changed);
    for (const auto& one : changed) {
        loads_[one.part].written = one.load;
    }
}

}  // namespace leasehold
