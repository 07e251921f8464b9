#pragma once

/// @room items
/// Where in its part a claim begins to look.

#include "items/claim_rules.hpp"
#include "parts/lease_rules.hpp"

#include <leasehold/ids.hpp>
#include <leasehold/time.hpp>

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <vector>

namespace leasehold {

/// A place in the order in which a part's items are claimed; by itself, before them all.
struct scan_position {
    int priority{std::numeric_limits<int>::min()};
    std::int64_t run_at_us{-210'000'000'000'000'000};  ///< 4685 BC: earlier than the server counts
    item_id id{};
    friend auto operator<=>(const scan_position&, const scan_position&) = default;
};

/// A session's way through one part. What it claimed and ended stays in the server's index until
/// nobody can see it any more; while an old snapshot lasts, that is for ever. So each claim begins
/// behind the one before. What came before that place meanwhile, being more urgent, is found when
/// the next look begins at the top: after a while, many times as long as the last such look took,
/// two seconds at most; at once when items came and the part has no more to give.
class part_scan {
public:
    /// So many times as long as a look from the top took, the next one is put off.
    static constexpr int top_look_rest = 30;
    /// At least so long, since the parts of a session take turns: so long may an urgent item wait
    /// behind a backlog.
    static constexpr milliseconds top_look_pause{100};
    /// And so long at most, since it may have been the network that took its time.
    static constexpr milliseconds top_look_pause_max{2'000};

    /// Where a look at `now` begins.
    scan_position begin(steady_time now) const noexcept;

    /// A claim was answered.
    /// @param behind  where it began
    /// @param last    the least urgent item that it gave
    /// @param full    it gave as many as were asked for
    /// @return whether one more may give something at once
    bool claimed(const scan_position& behind, const scan_position& last, bool full,
                 steady_time began, steady_time now) noexcept;

    /// Whether the next claim is to look at all priorities behind its place: the last one gave too
    /// little, and may have looked at the place's own priority only.
    bool any_priority() const noexcept { return spent_; }

    /// Items came. While there is a backlog, they may wait for its end.
    void came() noexcept;

    /// It was asked whether anything is due behind this place.
    void looked(const scan_position& behind, steady_time began, steady_time now) noexcept;

    /// Such an answer named this item. If it lies before the place, the next claim begins at the
    /// top, however lately that was looked at.
    void saw(const scan_position& head) noexcept;

private:
    scan_position behind_{};
    steady_time top_look_at_{};
    bool spent_{false};  ///< the last claim gave too little
    bool came_{false};   ///< since the last claim from the top, while there was a backlog
};

/// What is asked of one part.
struct claim_wish {
    session_id session{};  ///< must hold the part's lease
    part_id part{};
    int claims_max{0};
    /// As whom. A helper begins at the far end of the order, where it meets the owner last, and
    /// leaves alone what others are claiming at this moment.
    lease_role as{lease_role::owner};
    /// Of a keyed queue: give it `go_on_at` of the time before, at first the lowest id.
    item_id from{};
    /// Of any other queue, for the owner: only what comes behind is looked at.
    scan_position behind{};
    /// By the lease: behind that place, items of later priorities as well, which costs more.
    bool any_priority{false};
    token base{};  ///< tokens are above it
    /// By the lease alone, in this term; then nothing is written, and what comes is a hint until it
    /// is acknowledged.
    std::optional<epoch> by_lease{};
};

/// A session's ways through its parts.
class part_scans {
public:
    void came(const std::vector<part_id>& parts);

    /// What `asked` comes to in a claim at `now`.
    claim_wish wish(const session_id& me, const part_share& asked, steady_time now);

    /// A claim was answered: see part_scan::claimed().
    /// @param given  so many items
    bool claimed(const claim_wish& wish, const scan_position& last, int given, steady_time began,
                 steady_time now);

    /// Where a look at `now` begins in each of `parts`.
    std::vector<scan_position> begin(const std::vector<part_id>& parts, steady_time now);

    /// Whether anything is due in `parts` was asked behind these places; these items were named.
    void looked(const std::vector<part_id>& parts, const std::vector<scan_position>& behind,
                const std::vector<part_head>& heads, steady_time began, steady_time now);

private:
    std::map<part_id, part_scan> scans_;
};

}  // namespace leasehold
