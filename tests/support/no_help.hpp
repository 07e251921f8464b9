#pragma once

#include "worker/item_calls.hpp"

namespace leasehold::test {

/// The runner's calls in a queue where claims are on rows, each look is from the top, and nobody
/// helps.
struct calls_without_help : item_calls {
    std::vector<lease> claim_by_lease(const session_id&, const std::vector<part_id>&) override {
        return {};
    }
    void claim_by_row(const session_id&, const std::vector<part_id>&,
                      std::span<const claim>) override {}
    void came(const std::vector<part_id>&) override {}
    std::vector<part_wait> waits(const std::vector<part_id>&) override { return {}; }
    void ask_for_help(const help_request&) override {}
    std::vector<part_id> wanted_help(const session_id&, int) override { return {}; }
    doubtful<claimed> help(const help_round&) override { return {}; }
    void end_help(const session_id&, const std::vector<part_id>&) override {}
};

}  // namespace leasehold::test
