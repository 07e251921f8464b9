#pragma once

#include "parts/queue_store.hpp"
#include "worker/claim_book.hpp"
#include "worker/item_calls.hpp"

#include <leasehold/options.hpp>
#include <leasehold/time.hpp>

#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace leasehold {

/// The owner's side of help: sees which of the session's own parts have items that it has no slot
/// for, and says so where idle sessions look. On the runner's thread.
class help_seeker {
public:
    /// @param use_rows  sees to it that claims in these parts are on rows, so that others may claim
    ///                  there, and says whether they were not
    help_seeker(item_calls& calls, const queue_settings& settings, const work_options& options,
                const claim_book& book, const clock& time,
                std::function<bool(const std::vector<part_id>&)> use_rows)
        : calls_(calls),
          settings_(settings),
          options_(options),
          book_(book),
          time_(time),
          use_rows_(std::move(use_rows)) {}

    /// A session begins: what an earlier one asked for lapses by itself.
    void begin_again();

    /// A claim that yielded something took that long.
    void note_claim(std::chrono::microseconds took);

    /// Items came, in `parts` and perhaps `anywhere`: in parts for which help is asked already
    /// there is no need to look.
    void hear(const std::set<part_id>& parts, bool anywhere);

    /// Looks and asks, if that is due. To be called once there is nothing more to claim for now.
    /// @return when to be called again, at the latest
    /// @throws sql_failure when the server gave no usable answer
    steady_time tick();

    /// The parts for which it has asked, in order.
    const std::vector<part_id>& asked() const noexcept { return asked_; }

private:
    milliseconds pause_min() const;
    void look(const std::vector<part_id>& parts);
    void ask(std::vector<part_id> wanted);

    item_calls& calls_;
    const queue_settings& settings_;
    const work_options& options_;
    const claim_book& book_;
    const clock& time_;
    const std::function<bool(const std::vector<part_id>&)> use_rows_;

    std::chrono::microseconds claim_time_{};  ///< decaying mean
    bool begun_ = false;                      ///< there are parts whose items may have to wait
    steady_time looked_at_{};
    steady_time look_at_{};
    std::optional<milliseconds> pause_{};  ///< between the last look and the next
    std::vector<part_id> asked_{};         ///< by part
    steady_time asked_at_{};
};

}  // namespace leasehold
