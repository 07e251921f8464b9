#pragma once

#include <leasehold/ids.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace leasehold {

/// How unevenly the ready items lie.
struct item_skew {
    int parts{0};     ///< the fullest twentieth of the parts, rounded up
    double share{0};  ///< of the ready items that lie in these; 1: all of them
    double even{0};   ///< what it would be if each part had the same
    /// Ready items a unit of weight in the parts of the busiest session, in units of the mean over
    /// all sessions; 1 is even. None when no session owns parts, or nothing lies in these.
    std::optional<double> busiest_session{};
};

/// @param ready    ready items by part
/// @param owners   by part
/// @param weights  of the sessions that are to own parts, with or without one
/// @return nothing when no item is ready
std::optional<item_skew> skew_of(const std::vector<std::int64_t>& ready,
                                 const std::vector<std::optional<session_id>>& owners,
                                 const std::map<session_id, int>& weights);

}  // namespace leasehold
