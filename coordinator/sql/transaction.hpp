#pragma once

#include "sql/connection.hpp"
#include "sql/dialect.hpp"
#include "sql/rows.hpp"
#include "sql/sql_failure.hpp"
#include "sql/statement.hpp"

#include <leasehold/time.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace pqxx {
class result;
class transaction_base;
}  // namespace pqxx

namespace leasehold {

/// A transaction as the stores see it. They ask; only run_transaction() commits.
class transaction {
public:
    /// On a connection of the caller's own, to such a server: statements are sent whole each time.
    transaction(pqxx::transaction_base& tx, sql_dialect spoken) : tx_(tx), spoken_(spoken) {}
    /// On a connection of ours: each statement is prepared at its first use.
    transaction(pqxx::transaction_base& tx, connection::link& link);

    sql_dialect dialect() const noexcept { return spoken_; }

    /// @throws sql_failure, and remembers it: a transaction that failed once cannot be committed,
    ///         whoever swallows the exception
    pqxx::result run(std::string_view statement, const params& values = {});
    pqxx::result run(const statement_text& statement, const params& values = {});
    rows ask(const statement& one);

    /// As run(), for a statement whose rows nobody looks at.
    void execute(std::string_view statement, const params& values = {});
    void execute(const statement_text& statement, const params& values = {}) {
        execute(statement.in(spoken_), values);
    }

    /// Statements without parameters or an answer, several at once: migrations and other DDL.
    void run_script(std::string_view statements);

    /// A line of an item: libpqxx 6 copies tuples only.
    static constexpr std::size_t copied_columns = 8;
    using copied_line = std::array<std::optional<std::string>, copied_columns>;

    /// Puts `lines` into `columns` of `table` by COPY.
    void copy_in(const std::string& table, const std::array<std::string, copied_columns>& columns,
                 const std::vector<copied_line>& lines);

    /// From here to its end, this transaction reads rows through an index wherever there is one.
    /// Under
    /// SERIALIZABLE a statement conflicts with whatever it looked at on its way: an acknowledgement
    /// that walks a part, however quickly, aborts the other acknowledgements in it.
    void prefer_index_lookups();

    /// Settings that not every server has: the planner's, and what may be lost in a crash.
    void set_where_known(std::string_view settings);

    /// Makes the server refuse to commit: a failed statement leaves ROLLBACK as the only end.
    /// @param why  becomes part of the server's error message
    void forbid_commit(const std::string& why);

    /// Keeps `what` until this attempt has been committed or given up.
    void keep_until_end(std::shared_ptr<void> what) { kept_ = std::move(what); }

    bool failed() const noexcept { return failed_; }
    /// For a handler's own statements.
    pqxx::transaction_base& raw() noexcept { return tx_; }

private:
    pqxx::result send(const std::string& statement, const params& values);
    template <class Send>
    pqxx::result watched(Send send);

    pqxx::transaction_base& tx_;
    connection::link* link_ = nullptr;
    const sql_dialect spoken_;
    bool failed_ = false;
    std::shared_ptr<void> kept_{};
};

/// How often each next step was needed. Read from any thread.
struct transaction_counters {
    std::atomic<std::int64_t> committed{0};
    std::atomic<std::int64_t> retries{0};
    std::atomic<std::int64_t> reconnects{0};
    std::atomic<std::int64_t> in_doubt{0};
    std::atomic<std::int64_t> refused{0};
};

/// How often, and how patiently, a transaction that the server rolled back is run again.
struct retry_limits {
    int attempts_max{12};       ///< 1: never again
    milliseconds first{4};      ///< upper bound of the first wait; doubles with each
    milliseconds longest{500};  ///< upper bound of any wait
};

namespace detail {
void run_serializable(connection& on, transaction_counters& counters, const retry_limits& limits,
                      const std::function<void(transaction&)>& body);
void run_locked(connection& on, transaction_counters& counters, const retry_limits& limits,
                const std::function<void(transaction&)>& body);
void run_single(connection& on, transaction_counters& counters, const retry_limits& limits,
                const std::function<void(transaction&)>& body);
void run_ddl(connection& on, transaction_counters& counters,
             const std::function<void(transaction&)>& body);
void run_snapshot(connection& on, const std::function<void(transaction&)>& body);
void run_alone(connection& on, const std::function<void(transaction&)>& body);
/// Runs `attempt` until it does not fail, or not with `retry`, or `limits` are spent.
void run_attempts(transaction_counters& counters, const retry_limits& limits,
                  const std::function<void()>& attempt);
/// Runs `read`, which changes nothing, again where even that may meet others.
void read_patiently(connection& on, const std::function<void()>& read);

/// Runs `body` by `run`, which takes one that answers nothing; answers what it answered last.
template <class Body, class Run>
auto answer_of(Body& body, Run run) {
    using result = std::invoke_result_t<Body&, transaction&>;
    if constexpr (std::is_void_v<result>) {
        run([&](transaction& tx) { body(tx); });
    } else {
        std::optional<result> kept;
        run([&](transaction& tx) { kept.emplace(body(tx)); });
        return std::move(*kept);
    }
}
}  // namespace detail

/// Begins SERIALIZABLE, runs `body`, commits; runs the whole body again when the server rolled
/// back.
///
/// `body` may run many times: it keeps nothing from an attempt but what it returns.
/// @return what the committed attempt returned
/// @throws sql_failure `reconnect` (connection closed, nothing happened), `in_doubt` (connection
///         closed, look before doing anything), `refused`, or `retry` once the attempts are spent;
///         any other exception of `body`, with the transaction rolled back
template <class Body>
auto run_transaction(connection& on, transaction_counters& counters, Body&& body,
                     const retry_limits& limits = {}) {
    return detail::answer_of(body, [&](const auto& kept) {
        detail::run_serializable(on, counters, limits, kept);
    });
}

/// As run_transaction(), but READ COMMITTED: where two meet, the second waits and goes on from what
/// the first has left, instead of failing. For the changes of one row that many make and each of
/// which stands by itself, whatever else it has read: each statement sees all that was committed
/// before it, and after the one that locks the row nobody else changes what hangs on it. The server
/// ends one that holds the lock and says nothing for seconds.
template <class Body>
auto run_locked(connection& on, transaction_counters& counters, Body&& body,
                const retry_limits& limits = {}) {
    return detail::answer_of(body, [&](const auto& kept) {
        detail::run_locked(on, counters, limits, kept);
    });
}

/// As run_locked(), for a body of a single statement that changes a single row by its key and says
/// in its WHERE all that it assumes about that row: the server looks at that row anew after any
/// wait for it.
template <class Body>
auto run_single(connection& on, transaction_counters& counters, Body&& body,
                const retry_limits& limits = {}) {
    return detail::answer_of(body, [&](const auto& kept) {
        detail::run_single(on, counters, limits, kept);
    });
}

/// As run_transaction(), for statements that make or drop tables and do nothing the second time:
/// two that make the same meet in the catalogue's indexes, and the later one finds it made when it
/// is run again. On CockroachDB each statement is by itself, and some may be committed without
/// others.
inline void run_ddl(connection& on, transaction_counters& counters,
                    const std::function<void(transaction&)>& body) {
    detail::run_ddl(on, counters, body);
}

/// Reads one unchanging state of the database; takes no predicate locks, aborts nobody and decides
/// nothing: for status and verify.
/// @throws sql_failure
template <class Body>
auto read_snapshot(connection& on, Body&& body) {
    return detail::answer_of(body, [&](const auto& kept) { detail::run_snapshot(on, kept); });
}

/// As read_snapshot(), but each statement is alone and sees what was committed before it: a round
/// trip each instead of three. For hints that one statement gives.
template <class Body>
auto read_hint(connection& on, Body&& body) {
    return detail::answer_of(body, [&](const auto& kept) { detail::run_alone(on, kept); });
}

}  // namespace leasehold
