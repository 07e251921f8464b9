#pragma once

#include "items/finding.hpp"
#include "items/history.hpp"

#include <map>
#include <vector>

namespace leasehold {

/// Times of one server that lie closer together than this, in microseconds, prove no order: its
/// clock may have been set back a little in between.
inline constexpr std::int64_t clock_slack_us = 1'000'000;

/// Who held which part when, as the ownership log tells it.
class ownership_terms {
public:
    /// @param log  part by part, by term; of one term the owner's taking first, helpers last and in
    ///             the order of time
    explicit ownership_terms(const std::vector<ownership_change>& log);

    /// Did `session` own `part` at that time?
    bool owned(part_id part, const session_id& session, std::int64_t at_us) const;
    /// Did it own `part`, or help there?
    bool held(part_id part, const session_id& session, std::int64_t at_us) const;
    /// Did `session` take `part` in just the term of that number?
    bool took(part_id part, const session_id& session, epoch number) const;

    /// A part had one owner at a time, and its epochs rose with each.
    const finding& one_owner() const noexcept { return one_owner_; }
    /// A helper that ended had begun, and one that began did not begin again before its end.
    const finding& help() const noexcept { return help_known_; }

private:
    struct term {
        epoch number{};
        session_id owner{};
        std::int64_t taken_at_us{0};
        std::optional<std::int64_t> ended_at_us{};
    };
    using terms_by_part = std::map<part_id, std::vector<term>>;

    void take(const ownership_change& row, std::vector<term>& terms);
    void end(const ownership_change& row, std::vector<term>& terms);
    void help(const ownership_change& row);
    void end_promoted_help();
    bool helped(part_id part, const session_id& session, std::int64_t at_us) const;

    terms_by_part terms_;  ///< in the order of their numbers
    terms_by_part help_;   ///< by the epoch in which it began
    finding help_known_{.name = "a helper began before it ended",
                        .noun = "helper in the ownership log",
                        .nouns = "helpers in the ownership log"};
    finding one_owner_{.name = "a part had one owner at a time",
                       .noun = "taking in the ownership log",
                       .nouns = "takings in the ownership log"};
};

}  // namespace leasehold
