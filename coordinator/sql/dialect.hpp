#pragma once

#include <leasehold/dialect.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace leasehold {

struct connect_options;

/// A statement of schema/, in the words of each kind of server. Most are the same.
struct statement_text {
    std::string_view postgres{};
    std::string_view cockroach{};  ///< empty: as for PostgreSQL

    constexpr std::string_view in(sql_dialect spoken) const noexcept {
        return spoken == sql_dialect::cockroach && !cockroach.empty() ? cockroach : postgres;
    }
};

/// The parameter that CockroachDB, and nobody else, reports of itself at the start of each
/// connection, before anything is asked: "CockroachDB CCL v25.4.1 (...)".
inline constexpr const char* cockroach_version_parameter = "crdb_version";

/// Whose SQL is spoken by a server that reported this of itself.
/// @param cockroach_version  null: it reported none
sql_dialect dialect_of(const char* cockroach_version) noexcept;

/// @param server_version     as libpq numbers PostgreSQL: 150004 is 15.4
/// @param cockroach_version  as of cockroach_version_parameter; null: none
/// @return why Leasehold cannot work with that server; empty when it can
std::string version_problem(int server_version, const char* cockroach_version);

/// What is set on each connection.
struct server_settings {
    std::vector<std::string> needed{};  ///< statements that must succeed
    std::vector<std::string> wanted{};  ///< those that an older server may not know: 42704
};
server_settings settings_for(sql_dialect spoken, const connect_options& options);

/// The planner's ways of reading a table or an index from end to end. Merge and hash joins belong
/// to them: they walk one side. PostgreSQL's names.
std::vector<std::string_view> plans_that_walk();

}  // namespace leasehold
