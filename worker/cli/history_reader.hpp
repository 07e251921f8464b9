#pragma once

#include "items/finding.hpp"
#include "items/history.hpp"

#include <string>
#include <vector>

namespace leasehold {

/// What the history files of clients hold.
struct heard_history {
    std::vector<told_event> events{};
    finding readable{};  ///< whether every line could be read
};

/// Reads files that `leasehold work --history` wrote for `queue`. A line that its writer was killed
/// over is passed by and mentioned: one without an end, last in its file or before a line `opened`.
/// @throws std::runtime_error naming the file, when it cannot be read at all
heard_history read_histories(const std::vector<std::string>& files, const std::string& queue);

}  // namespace leasehold
