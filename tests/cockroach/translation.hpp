#pragma once

#include "tests/cockroach/lacks.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace leasehold::test {

/// Which CockroachDB is played.
struct cockroach_look {
    cockroach_release release{};
    bool read_committed{false};    ///< granted when asked for; else SERIALIZABLE is silently run
    bool pretends_locks{false};    ///< advisory locks answer true; else they are unknown
    bool splits_ranges{true};      ///< SPLIT AT is for everybody; else this is a tenant before 23.1
    int max_offset_ms{500};        ///< as its nodes were started with
    bool key_checks_refuse{true};  ///< 23503 where PostgreSQL's check of a key says 40001

    /// Unless told otherwise: a change of the schema commits the transaction that it is in.
    bool commits_before_ddl() const noexcept { return release >= cockroach_release{25, 1}; }

    std::string version() const;         ///< as in v25.4.1
    std::string version_text() const;    ///< crdb_version, and what version() answers
    std::string server_version() const;  ///< which PostgreSQL it says it is
};

/// A statement as PostgreSQL takes it.
struct translated_statement {
    std::string sql{};
    std::string tag{};     ///< of its answer, where PostgreSQL's would be another
    std::string notice{};  ///< a warning to go with the answer
};

/// What only CockroachDB has, put into PostgreSQL's words. `statement` is one, and not refused.
translated_statement as_postgres(std::string_view statement, const cockroach_look& look);

/// The settings of a startup packet's `options`, with those that only CockroachDB has kept out of
/// PostgreSQL's way, and every transaction SERIALIZABLE.
std::string startup_options(const std::string& options, const cockroach_look& look);

/// Does one of a startup packet's `options` set `name`, and to what?
std::optional<std::string> startup_option(const std::string& options, std::string_view name);

/// Calls of advisory lock functions as what answers true and locks nothing.
std::string with_pretended_locks(std::string_view statement);

}  // namespace leasehold::test
