#pragma once

#include "parts/replan_rules.hpp"

#include <leasehold/ids.hpp>

#include <optional>
#include <string>
#include <vector>

namespace leasehold {

/// Sessions that are to come or to go.
struct crew_wish {
    int more{0};                         ///< sessions of weight 1
    std::vector<std::string> without{};  ///< names, ids or beginnings of ids
};

/// Reads `+N` and `-NAME`.
/// @throws std::invalid_argument when one is neither, or more than 1000 are to come
crew_wish crew_wish_from(const std::vector<std::string>& texts);

/// Neighbouring parts that move in the same way.
struct plan_move {
    int first{0};
    int last{0};
    std::optional<session_id> from{};
    std::optional<session_id> to{};
    std::string why{};
};

struct previewed_session {
    session_row row{};
    bool is_new{false};
    bool goes{false};  ///< it is one of those that the wish takes away
    int before{0};     ///< parts planned for it
    int after{0};
};

/// The plan that would follow.
struct plan_preview {
    std::string strategy{};
    std::int64_t number{0};                           ///< of the plan so far
    std::vector<previewed_session> sessions{};        ///< those that are there by id, then the new
    std::vector<std::optional<session_id>> before{};  ///< by part
    std::vector<std::optional<session_id>> after{};
    std::vector<plan_move> moves{};
    int moved{0};           ///< parts
    int least_possible{0};  ///< parts that any plan with even shares has to move
};

/// What would be planned next if the sessions were as `wish` says: those that are to go are gone
/// for good, whether or not their seats would first be kept for a restart.
/// @param ids  of the sessions to come; `wish.more` of them
/// @throws std::runtime_error when a session that is to go is not there, or may be several
/// @throws std::invalid_argument for a strategy this build does not know
plan_preview preview_plan(const std::string& queue, plan_record record, const crew_wish& wish,
                          const std::vector<session_id>& ids);

}  // namespace leasehold
