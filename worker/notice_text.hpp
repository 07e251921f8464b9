#pragma once

#include <leasehold/ids.hpp>

#include <string_view>
#include <vector>

namespace leasehold {

/// What several notices of a queue say together. Hints, all of it: any may be missing or late.
struct news {
    bool everything{false};           ///< notices may have been missed: anything may have changed
    bool plan{false};                 ///< the plan or the membership changed
    bool help{false};                 ///< parts want help, or want it no more
    bool anywhere{false};             ///< items came, in any part
    std::vector<part_id> parts{};     ///< items came here
    std::vector<session_id> given{};  ///< to these sessions parts were given

    bool is_empty() const noexcept {
        return !everything && !plan && !help && !anywhere && parts.empty() && given.empty();
    }
};

/// Adds what `notice` says: "plan", "help", "given ID...", "items PART... [*]". Words that this
/// build does not know say nothing.
void add_notice(news& all, std::string_view notice);

}  // namespace leasehold
