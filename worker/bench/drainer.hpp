#pragma once

#include "worker/bench/tally.hpp"

#include <functional>
#include <memory>

namespace leasehold::bench {

/// One worker of a contender that is nothing but SQL: a connection, and a loop that another runs.
class drainer {
public:
    enum class turn {
        worked,
        empty,    ///< nothing came; perhaps somebody else was quicker
        refused,  ///< there is one, and others have it
        aborted,  ///< rolled back by the server, to be begun anew
    };

    virtual ~drainer() = default;
    /// Takes a batch, does its work, ends it.
    /// @throws std::runtime_error when the server refused in any other way
    virtual turn take(work_log& log) = 0;
    /// Asked after an empty turn: is there anything to take still?
    virtual bool any_left() = 0;
};

using drainer_factory = std::function<std::unique_ptr<drainer>(int worker)>;

}  // namespace leasehold::bench
