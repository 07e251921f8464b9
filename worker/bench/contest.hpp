#pragma once

#include "worker/bench/figures.hpp"
#include "worker/bench/server_cpu.hpp"
#include "worker/bench/tally.hpp"

#include <leasehold/time.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

/// The core of every bench: contenders that do the same work, round after round, in turns.

namespace leasehold::bench {

/// How big one round is.
struct extent {
    std::int64_t items{0};
    int batch{1};    ///< items that are claimed, or put in, together
    int workers{1};  ///< each with a connection of its own
};

/// Workers that are ready, and wait.
class team {
public:
    virtual ~team() = default;
    virtual void start() = 0;
    /// Have they found all done, and ended?
    virtual bool is_over() = 0;
    /// Lets each finish what it has begun, and waits for it.
    /// @throws std::runtime_error with what went wrong in a worker
    virtual void stop() = 0;
};

/// One way to do the work.
class contender {
public:
    virtual ~contender() = default;
    virtual std::string name() const = 0;
    /// Can it take several items at once? Others are measured at batch 1 only.
    virtual bool takes_batches() const { return true; }
    /// Before each round: everything fresh. Not measured.
    virtual void prepare(const extent& size) = 0;
    virtual std::unique_ptr<team> line_up(const extent& size, tally& book) = 0;
    /// Items that are still to be done.
    virtual std::int64_t left() = 0;
    /// Connections that so many workers need.
    virtual int connections(int workers) const { return workers; }
};

/// What the server spends, read now.
using meter = std::function<meter_reading()>;

/// One contender at one size.
struct cell {
    contender* who{nullptr};
    extent size{};
};

struct cell_result {
    std::string contender{};
    extent size{};
    std::vector<round_figures> rounds{};
};

struct contest_options {
    int rounds{5};
    milliseconds longest{3'000};  ///< of one round of one cell
    /// Told of each round that was measured.
    std::function<void(const cell&, int round, const round_figures&)> told{};
};

/// The cells of these contenders at all these sizes.
std::vector<cell> cells_of(const std::vector<std::unique_ptr<contender>>& who, std::int64_t items,
                           const std::vector<int>& batches, const std::vector<int>& workers);

/// The order of a round: all cells, begun with another one each time.
std::vector<std::size_t> order_of(std::size_t cells, int round, int rounds);

/// Measures each cell once a round.
/// @throws interrupted when an end was asked for; std::runtime_error when a contender failed, or
///         lost items
std::vector<cell_result> hold_contest(const std::vector<cell>& cells,
                                      const contest_options& options, const meter& read,
                                      const std::stop_token& asked);

}  // namespace leasehold::bench
