#include "sql/sql_failure.hpp"

#include "base/text.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <array>

namespace leasehold {

namespace {

/// libpqxx 6 keeps 40001 and its kin outside sql_error, without a sqlstate.
std::string sqlstate_of(const std::exception& error) {
    if (dynamic_cast<const pqxx::serialization_failure*>(&error) != nullptr) {
        return "40001";
    }
    if (dynamic_cast<const pqxx::deadlock_detected*>(&error) != nullptr) {
        return "40P01";
    }
    if (dynamic_cast<const pqxx::statement_completion_unknown*>(&error) != nullptr) {
        return "40003";
    }
    if (dynamic_cast<const pqxx::transaction_rollback*>(&error) != nullptr) {
        return "40000";
    }
    if (const auto* refused = dynamic_cast<const pqxx::sql_error*>(&error)) {
        return std::string{refused->sqlstate()};
    }
    if (dynamic_cast<const pqxx::too_many_connections*>(&error) != nullptr) {
        return "53300";
    }
    if (dynamic_cast<const pqxx::broken_connection*>(&error) != nullptr) {
        return "08006";
    }
    return {};
}

template <std::size_t Size>
bool among(std::string_view code, const std::array<std::string_view, Size>& codes) noexcept {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

std::string_view to_text(sql_failure_kind kind) noexcept {
    switch (kind) {
        case sql_failure_kind::retry: return "retry";
        case sql_failure_kind::reconnect: return "reconnect";
        case sql_failure_kind::in_doubt: return "in doubt";
        case sql_failure_kind::refused: return "refused";
    }
    return "refused";
}

sql_failure_kind kind_of(std::string_view sqlstate, sql_stage stage) noexcept {
    // Shut down, crashed, starting up, full, idle too long, or a standby; of CockroachDB: what it
    // needs lies on a node that does not answer, or an error between nodes without a code. So:
    // another connection.
    static constexpr std::array<std::string_view, 11> elsewhere{"57P01", "57P02", "57P03", "53300",
                                                                "25P03", "57P05", "25P04", "25006",
                                                                "58C00", "58C01", "XXUUU"};
    // Rolled back through no fault of the statement. Lock and statement timeouts, a full disk or
    // memory: the backoff between attempts is the remedy.
    static constexpr std::array<std::string_view, 8> again{"40000", "40001", "40P01", "55P03",
                                                           "57014", "53100", "53200", "53400"};

    const bool lost = sqlstate.substr(0, 2) == "08" || sqlstate == "40003";
    if (lost || among(sqlstate, elsewhere)) {
        return stage == sql_stage::commit ? sql_failure_kind::in_doubt
                                          : sql_failure_kind::reconnect;
    }
    return among(sqlstate, again) ? sql_failure_kind::retry : sql_failure_kind::refused;
}

bool is_unmigrated(const sql_failure& failure) noexcept {
    return failure.sqlstate() == "42P01" || failure.sqlstate() == "3F000";
}

sql_failure server_failure(const std::string& sqlstate, const std::string& message,
                           sql_stage stage) {
    const auto what = one_line(message);
    // A name of ours that is taken, or gone: the session behind the connection is not ours alone.
    const bool strange = (sqlstate == "26000" || sqlstate == "42P05") &&
                         what.find("\"leasehold_") != std::string::npos;
    return {kind_of(sqlstate, stage), sqlstate,
            what + (strange ? "; a pooler shares the server's sessions: Leasehold needs session "
                              "pooling, or none"
                            : "")};
}

void refuse(const std::string& message) {
    throw sql_failure(sql_failure_kind::refused, "", message);
}

sql_failure classified(const std::exception& error, sql_stage stage) {
    if (const auto* sorted = dynamic_cast<const sql_failure*>(&error)) {
        return *sorted;
    }
    const std::string code = sqlstate_of(error);
    if (dynamic_cast<const pqxx::in_doubt_error*>(&error) != nullptr) {
        // libpqxx says so of every COMMIT, also of one that ends a mere look at the server.
        return stage == sql_stage::commit
                   ? sql_failure{sql_failure_kind::in_doubt, code,
                                 "COMMIT was sent and got no answer"}
                   : sql_failure{sql_failure_kind::reconnect, "08006", "the connection was lost"};
    }
    return server_failure(code, error.what(), stage);
}

bool is_database_error(const std::exception& error) noexcept {
    // Their common base in libpqxx 6, pqxx_exception, is gone in 7.10.
    return dynamic_cast<const pqxx::failure*>(&error) != nullptr ||
           dynamic_cast<const pqxx::usage_error*>(&error) != nullptr ||
           dynamic_cast<const pqxx::conversion_error*>(&error) != nullptr ||
           dynamic_cast<const sql_failure*>(&error) != nullptr;
}

}  // namespace leasehold
