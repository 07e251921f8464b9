#pragma once

#include "items/finding.hpp"
#include "items/history.hpp"
#include "items/ownership_rules.hpp"
#include "items/told_rules.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace leasehold {

/// Judges whether each item of a queue was acknowledged once, and by the claim that held it, from
/// what the database wrote down, and from what its clients say they were told.
///
/// Keeps one item in memory, besides what the clients say.
class history_judge {
public:
    /// @param log             the ownership log, part by part, by term
    /// @param settled_within  none: not asked
    history_judge(const std::vector<audit_coverage>& coverage,
                  const std::vector<ownership_change>& log, told_history told,
                  std::optional<std::chrono::seconds> settled_within);

    /// The next row of the audit: item by item, in order of their ids, each in the order of seq,
    /// with what is there now as its last.
    void see(const audit_event& one);

    /// What was found, rule by rule. After the last row; once.
    std::vector<finding> verdict();

private:
    enum class standing { absent, waiting, held };
    /// The item whose rows are coming.
    struct item_story {
        item_id id{};
        part_id part{};
        standing state{standing::absent};
        token fence{};
        bool known{false};  ///< the audit has said what it began with
        std::optional<std::int64_t> began_at_us{};
        std::optional<audited> last_end{};
        std::int64_t burials{0};
        std::int64_t forgotten{0};
        std::int64_t dead{0};
        std::int64_t dead_since_on{0};
        bool present{false};
        std::vector<audited_claim> claims{};  ///< the last one is that of `held`
    };

    void judge_coverage(const std::vector<audit_coverage>& coverage);
    void begin(const audit_event& one);
    void claim(const audit_event& one);
    void end_claim(const audit_event& one);
    void leave(const audit_event& one);
    void look_at_present(const audit_event& one);
    void look_at_dead(const audit_event& one);
    void settle(std::int64_t at_us);
    void finish_item();
    bool is_holder(const audit_event& one) const;
    std::string place(const audit_event& one) const;

    ownership_terms terms_;
    told_history told_;
    std::optional<std::chrono::seconds> settled_within_;
    std::vector<std::optional<std::int64_t>> on_at_us_;  ///< by part
    std::optional<item_story> story_;
    std::int64_t enqueued_{0};
    std::int64_t ended_{0};
    std::int64_t here_{0};

    finding covered_{"the audit covers all the time", "part", "parts"};
    finding something_{"there is a history to judge", "change", "changes"};
    finding owner_{"an item was claimed by an owner or helper of its part", "claim", "claims"};
    finding token_{"a token rises by one at each claim", "claim", "claims"};
    finding one_claim_{"an item had one claim at a time", "claim", "claims"};
    finding one_end_{"an item ended at most once", "end", "ends"};
    finding holder_{"a claim was ended by the claim that held", "acknowledgement",
                    "acknowledgements"};
    finding no_loss_{"no item is lost", "item", "items"};
    finding settled_{"every item ended in time", "item", "items"};
};

}  // namespace leasehold
