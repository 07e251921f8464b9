#pragma once

#include "sql/connection.hpp"

#include <leasehold/time.hpp>

#include <pqxx/pqxx>

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace leasehold {

/// The planner's ways of reading a table or an index from end to end. Merge and hash joins belong
/// to them: they walk one side.
inline constexpr std::array<std::string_view, 4> plans_that_walk{
    "enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin"};

struct connection::link {
    explicit link(const std::string& conninfo) : session(conninfo), socket(session.sock()) {}

    pqxx::connection session;
    const int socket;  ///< of `session` from its beginning, for other threads
    std::optional<std::int64_t> guard{};
    /// Statement text to the name it was prepared under here.
    std::unordered_map<std::string, std::string> prepared{};
    /// Since when an answer is awaited, on the steady clock; 0: none is.
    std::atomic<steady_time::rep> asked_at{0};

    /// Runs `ask`, which waits for an answer of the server.
    template <class Ask>
    auto watched(Ask ask) {
        struct until_answered {
            std::atomic<steady_time::rep>& since;
            ~until_answered() { since = 0; }
        };
        asked_at = machine_clock().now().time_since_epoch().count();
        const until_answered now{asked_at};
        return ask();
    }
};

}  // namespace leasehold
