#include "items/told_rules.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace leasehold {

namespace {

constexpr std::array<const char*, 3> asked_words{"completed", "returned", "buried"};

std::size_t place_of(asked change) { return static_cast<std::size_t>(change); }

/// The end that the holder of a claim brings about; nothing when another's hand did.
std::optional<asked> asked_for(const std::optional<audited>& end) {
    if (end == audited::completed) {
        return asked::completed;
    }
    if (end == audited::returned) {
        return asked::returned;
    }
    return end == audited::buried ? std::optional{asked::buried} : std::nullopt;
}

/// The events from the front of `all` that are of the same `key` as the first.
template <class Key>
std::span<const told_event> run_of(std::span<const told_event> all, Key key) {
    const auto last = std::find_if(all.begin(), all.end(), [&](const told_event& one) {
        return key(one) != key(all.front());
    });
    return all.first(static_cast<std::size_t>(last - all.begin()));
}

bool is_of(const audited_claim& claim, const told_event& one) {
    return claim.session == one.session && claim.fence == one.fence;
}

std::string named(const told_event& one) {
    return "item " + to_text(one.item) + " of part " + std::to_string(one.part.value) +
           ", session " + to_text(one.session) + ", token " + std::to_string(one.fence.value);
}

/// One run of a handler.
struct heard_run {
    const told_event* start;
    const told_event* end;       ///< null: never heard of
    const audited_claim* claim;  ///< null: the audit has none
};

std::vector<heard_run> runs_in(std::span<const told_event> of_item,
                               std::span<const audited_claim> claims) {
    std::vector<heard_run> runs;
    for (const auto& one : of_item) {
        if (one.what == told::started) {
            const auto claim = std::find_if(claims.begin(), claims.end(),
                                            [&](const auto& c) { return is_of(c, one); });
            runs.push_back({&one, nullptr, claim == claims.end() ? nullptr : &*claim});
        } else if (one.what == told::ended && !runs.empty() && runs.back().end == nullptr &&
                   runs.back().start->session == one.session &&
                   runs.back().start->fence == one.fence) {
            runs.back().end = &one;
        }
    }
    return runs;
}

}  // namespace

told_history::told_history(std::vector<std::string> files, std::vector<told_event> events_told)
    : files_(std::move(files)), items_(std::move(events_told)) {
    const auto is_item = [](const told_event& one) { return one.what != told::part_taken; };
    const auto first_part = std::partition(items_.begin(), items_.end(), is_item);
    parts_.assign(first_part, items_.end());
    items_.erase(first_part, items_.end());
    std::sort(items_.begin(), items_.end(), [](const told_event& a, const told_event& b) {
        return std::tie(a.item, a.session, a.fence, a.file, a.line) <
               std::tie(b.item, b.session, b.fence, b.file, b.line);
    });
}

std::string told_history::place(const told_event& one) const {
    return files_.at(one.file) + ":" + std::to_string(one.line) + ": " + named(one);
}

void told_history::judge(const item_id& item, std::span<const audited_claim> claims) {
    while (next_ < items_.size() && items_[next_].item <= item) {
        const auto of_item =
            run_of(events{items_}.subspan(next_), [](const told_event& one) { return one.item; });
        next_ += of_item.size();
        const bool known = of_item.front().item == item;
        judge_item(of_item, known ? claims : std::span<const audited_claim>{});
    }
}

void told_history::judge_item(events of_item, std::span<const audited_claim> claims) {
    judge_overlaps(of_item, claims);
    while (!of_item.empty()) {
        const auto of_claim =
            run_of(of_item, [](const told_event& one) { return std::tie(one.session, one.fence); });
        judge_claim(of_claim, claims);
        of_item = of_item.subspan(of_claim.size());
    }
}

/// An id that was enqueued anew may meet the same session and token once more, so ends are counted.
void told_history::judge_claim(events of_claim, std::span<const audited_claim> claims) {
    std::array<std::int64_t, 3> ended{};
    bool claimed = false;
    for (const auto& one : claims) {
        if (is_of(one, of_claim.front())) {
            claimed = true;
            if (const auto change = asked_for(one.end)) {
                ++ended.at(place_of(*change));
            }
        }
    }
    std::array<std::int64_t, 3> acknowledged{};
    std::int64_t unknown = 0;
    for (const auto& one : of_claim) {
        unknown += one.what == told::unknown ? 1 : 0;
        if (one.what == told::acknowledged) {
            ++acknowledged_.looked_at;
            if (++acknowledged.at(place_of(one.change)) > ended.at(place_of(one.change))) {
                acknowledged_.add(place(one) + " was told " + asked_words.at(place_of(one.change)) +
                                  (ended.at(place_of(one.change)) == 0
                                       ? ", which the audit does not have"
                                       : " once more than the audit has"));
            }
        }
    }
    unknown_ += unknown;
    // A claim released under its handler is returned, and what the handler asks for then is lost.
    const auto gone = ended[0] + ended[2] - acknowledged[0] - acknowledged[2];
    for (const auto& one : of_claim) {
        if (one.what == told::started) {
            ++under_claim_.looked_at;
            if (!claimed && one.by_lease != epoch{}) {
                unwritten_.push_back(one);  // its worker ended without a word, or its lease did
            } else if (!claimed) {
                under_claim_.add(place(one) + " ran without a claim in the audit");
            }
        } else if (one.what == told::lost) {
            ++lost_.looked_at;
            const auto back = ended[1] - acknowledged[1];
            if (gone > unknown || (one.change == asked::returned && back > unknown)) {
                lost_.add(place(one) + " was told lost, but the audit has the claim's end");
            }
        }
    }
}

void told_history::judge_overlaps(events of_item, std::span<const audited_claim> claims) {
    auto runs = runs_in(of_item, claims);
    overlap_.looked_at += static_cast<std::int64_t>(runs.size());
    std::sort(runs.begin(), runs.end(), [](const heard_run& a, const heard_run& b) {
        return a.start->wall_us < b.start->wall_us;
    });
    const heard_run* longest = nullptr;  // of those that began before
    for (const auto& one : runs) {
        if (longest != nullptr && one.start->wall_us < longest->end->wall_us && one.claim &&
            longest->claim) {
            const auto& [first, second] =
                one.claim < longest->claim ? std::tie(one, *longest) : std::tie(*longest, one);
            if (first.claim == second.claim) {
                overlap_.add(place(*second.start) + " ran twice at once under one claim");
            } else if (!first.claim->end || first.claim->end_seq > second.claim->seq) {
                overlap_.add(place(*second.start) + " ran beside token " +
                             std::to_string(first.claim->fence.value) + ", whose claim stood");
            } else {
                ++overlaps_;
            }
        }
        if (one.end != nullptr &&
            (longest == nullptr || one.end->wall_us > longest->end->wall_us)) {
            longest = &one;
        }
    }
}

std::vector<finding> told_history::verdict(const ownership_terms& terms) {
    while (next_ < items_.size()) {
        judge(items_.back().item, {});
    }
    if (files_.empty()) {
        return {};
    }
    finding taken{"a part that a client took is in the ownership log", "part taken", "parts taken"};
    for (const auto& one : parts_) {
        ++taken.looked_at;
        if (!terms.took(one.part, one.session, {one.fence.value})) {
            taken.add(files_.at(one.file) + ":" + std::to_string(one.line) + ": part " +
                      std::to_string(one.part.value) + ", epoch " +
                      std::to_string(one.fence.value) + ", session " + to_text(one.session) +
                      " is not in the ownership log");
        }
    }
    for (const auto& one : unwritten_) {
        if (!terms.took(one.part, one.session, one.by_lease)) {
            under_claim_.add(place(one) + " ran by the lease of epoch " +
                             std::to_string(one.by_lease.value) +
                             ", which is not in the ownership log");
        }
    }
    acknowledged_.note = std::to_string(unknown_) + " unknown";
    overlap_.note = std::to_string(overlaps_) + " overlapped a run whose claim was over";
    return {taken, under_claim_, acknowledged_, lost_, overlap_};
}

}  // namespace leasehold
