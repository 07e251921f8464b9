#pragma once

#include <leasehold/dialect.hpp>
#include <leasehold/time.hpp>

#include <cstdint>
#include <optional>
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

/// In what servers differ beyond their words. This is what others ask: only this file knows which
/// server is which.
struct server_traits {
    std::string_view name;     ///< as version() begins
    bool reports_its_release;  ///< server_version is the release it is, not one it only speaks like
    bool part_tables;          ///< a part is a table of its own; else one computes the part
    bool functions;            ///< functions and triggers, and what needs them
    bool whole_ddl;            ///< tables are made in transactions, and undone with them
    bool settings;             ///< of the planner, of one transaction, and of one's own
    bool notices;              ///< LISTEN and NOTIFY
    bool keeps_track;     ///< of connections, by advisory locks that end with them, and of what
                          ///< became of a transaction; else rows do, and to ask is to write
    bool waits_for_rows;  ///< at READ COMMITTED, and then looks at the row as it is by then
    bool looks_may_fail;  ///< a look that only reads may have to be taken again: 40001
    std::optional<std::int64_t> retried_bytes;  ///< a statement that answers more is not run again
                                                ///< by the server itself
    milliseconds clocks_differ;  ///< by at most so much, unless the server was told otherwise
    milliseconds stall_seen;     ///< of those that are well, when another of their cluster is lost
};
const server_traits& traits_of(sql_dialect spoken) noexcept;

/// Whose words a statement is in that has only one form.
inline constexpr sql_dialect common_words = sql_dialect::postgres;

/// The parameter that CockroachDB, and nobody else, reports of itself at the start of each
/// connection, before anything is asked: "CockroachDB CCL v25.4.1 (...)".
inline constexpr const char* own_version_parameter = "crdb_version";

/// Whose SQL is spoken by a server that reported this of itself.
/// @param own_version  null: it reported none
sql_dialect dialect_of(const char* own_version) noexcept;

/// @param server_name  as in server_traits::name; any other is taken for PostgreSQL's
sql_dialect dialect_named(std::string_view server_name) noexcept;

/// @param server_version  as libpq numbers PostgreSQL: 150004 is 15.4
/// @param own_version     as of own_version_parameter; null: none
/// @return why Leasehold cannot work with that server; empty when it can
std::string version_problem(int server_version, const char* own_version);

/// What is set on each connection.
struct server_settings {
    std::vector<std::string> needed{};  ///< statements that must succeed
    std::vector<std::string> wanted{};  ///< those that an older server may not know
};
server_settings settings_for(sql_dialect spoken, const connect_options& options);

/// The planner's ways of reading a table or an index from end to end. Merge and hash joins belong
/// to them: they walk one side. PostgreSQL's names.
std::vector<std::string_view> plans_that_walk();

}  // namespace leasehold
