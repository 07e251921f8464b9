#pragma once

#include "items/finding.hpp"
#include "items/history.hpp"
#include "items/ownership_rules.hpp"

#include <span>
#include <string>
#include <vector>

namespace leasehold {

/// A claim of one item as the audit has it.
struct audited_claim {
    session_id session{};
    token fence{};
    std::int64_t seq{0};
    std::optional<audited> end{};
    std::int64_t end_seq{0};
};

/// What clients say they did and were told, held against what the database wrote down.
class told_history {
public:
    told_history() = default;
    /// @param files   names, for people; told_event::file counts them
    /// @param events  in any order
    told_history(std::vector<std::string> files, std::vector<told_event> events);

    /// The next item of the audit, in order of ids, with all its claims in their order. What is
    /// told of items before it, which the audit does not know, is judged too.
    void judge(const item_id& item, std::span<const audited_claim> claims);

    /// What was found, rule by rule. After the last item; nothing when no client was heard.
    std::vector<finding> verdict(const ownership_terms& terms);

private:
    using events = std::span<const told_event>;

    void judge_item(events of_item, std::span<const audited_claim> claims);
    void judge_claim(events of_claim, std::span<const audited_claim> claims);
    void judge_overlaps(events of_item, std::span<const audited_claim> claims);
    std::string place(const told_event& one) const;

    std::vector<std::string> files_;
    std::vector<told_event> items_;  ///< by item, session, token, file and line
    std::vector<told_event> parts_;
    std::vector<told_event> unwritten_;  ///< runs by the lease alone whose claims the audit has not
    std::size_t next_{0};
    std::int64_t unknown_{0};
    std::int64_t overlaps_{0};

    finding acknowledged_{"what a client was told is acknowledged is in the audit",
                          "acknowledgement", "acknowledgements"};
    finding lost_{"what a client was told is lost is not in the audit", "lost one", "lost ones"};
    finding under_claim_{"a handler ran under a claim of the audit", "run of a handler",
                         "runs of handlers"};
    finding overlap_{"a claim was over when the next run of its item began", "run of a handler",
                     "runs of handlers"};
};

}  // namespace leasehold
