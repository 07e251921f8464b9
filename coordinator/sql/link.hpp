#pragma once

#include "sql/connection.hpp"

#include <pqxx/pqxx>

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>

namespace leasehold {

/// The planner's ways of reading a table or an index from end to end. Merge and hash joins belong
/// to them: they walk one side.
inline constexpr std::array<std::string_view, 4> plans_that_walk{
    "enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin"};

struct connection::link {
    explicit link(const std::string& conninfo) : session(conninfo) {}

    pqxx::connection session;
    /// Statement text to the name it was prepared under here.
    std::unordered_map<std::string, std::string> prepared{};
};

}  // namespace leasehold
