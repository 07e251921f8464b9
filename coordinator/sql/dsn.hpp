#pragma once

#include <leasehold/time.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace leasehold {

/// How a connection behaves beyond where it leads.
struct connect_options {
    std::string application_name{"leasehold"};
    /// No statement outlives this; none: as the server, the role or the DSN's own options say.
    std::optional<milliseconds> statement_timeout{30'000};
    milliseconds silence_max{10'000};  ///< a silent network is given up after this
    /// The library's own statements are all served by an index. A connection that runs nothing else
    /// forbids whole-table scans, whose predicate locks cover the table (I6).
    bool index_scans_only{true};
    /// Plans each statement once, for whatever values. Statements on one part have but one plan.
    bool keeps_plans{false};
    /// Holds a lock for as long as it is open, under a key of its own: see connection::guard().
    bool holds_guard{false};
};

/// Where a database is: what the user gave, checked, and never shown.
class dsn {
public:
    /// @throws std::invalid_argument without quoting `text`, which may hold a password
    explicit dsn(std::string_view text);

    /// The connection string for libpq: the user's own, with defaults of ours where it is silent.
    std::string with_defaults(const connect_options& options) const;

    /// Host, port, database and user, for messages; nothing secret.
    std::string shown() const;

private:
    std::string text_;
};

}  // namespace leasehold
