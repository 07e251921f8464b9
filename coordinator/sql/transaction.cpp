#include "sql/transaction.hpp"

#include "base/backoff.hpp"
#include "schema/sql.hpp"
#include "sql/link.hpp"
#include "sql/sql_text.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <thread>
#include <tuple>

#if PQXX_VERSION_MAJOR > 7 || (PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR >= 10)
#define LEASEHOLD_PQXX_PARAMS 1
#else
#define LEASEHOLD_PQXX_PARAMS 0
#endif

namespace leasehold {

namespace {

using serializable = pqxx::transaction<pqxx::isolation_level::serializable>;

#if PQXX_VERSION_MAJOR >= 7
constexpr auto reads = pqxx::write_policy::read_only;
#else
constexpr auto reads = pqxx::read_only;
#endif
/// BEGIN and what kind it is go to the server together.
using snapshot = pqxx::transaction<pqxx::isolation_level::repeatable_read, reads>;

/// Parameters as libpqxx takes them: as text. Valid as long as what they were made of.
class texts {
public:
    explicit texts(const params& values) {
        literals_.reserve(values.size());
        pointers_.reserve(values.size());
        for (const auto& value : values) {
            if (const auto* ids = value.ids()) {
                literals_.push_back(array_literal(*ids));
            }
            const auto* text = value.ids() != nullptr ? &literals_.back() : value.text();
            pointers_.push_back(text == nullptr ? nullptr : text->c_str());
        }
    }

#if PQXX_VERSION_MAJOR >= 7
    pqxx::params for_libpqxx() const {
        pqxx::params wire;
        for (const char* text : pointers_) {
            if (text != nullptr) {
                wire.append(std::string_view{text});
            } else {
                wire.append();
            }
        }
        return wire;
    }
#else
    auto for_libpqxx() const { return pqxx::prepare::make_dynamic_params(pointers_); }
#endif

    std::vector<std::string> quoted(const pqxx::transaction_base& tx) const {
        std::vector<std::string> all;
        all.reserve(pointers_.size());
        for (const char* text : pointers_) {
            all.push_back(text == nullptr ? "NULL" : tx.quote(std::string{text}));
        }
        return all;
    }

private:
    std::vector<std::string> literals_{};
    std::vector<const char*> pointers_{};
};

/// With its parameters written out. After a failed statement libpqxx 6 rolls back by itself, and
/// whoever swallows the exception goes on with a transaction that is none any more: of the ways to
/// send a statement exec() alone looks, all others carry it out and commit it at once.
pqxx::result send_once(pqxx::transaction_base& tx, const std::string& statement,
                       const texts& values) {
    return tx.exec(with_literals(statement, values.quoted(tx)));
}

/// The same for a connection of ours, where the server's own word is at hand.
void require_open(const pqxx::transaction_base& tx, const connection::link& link) {
    if (PQtransactionStatus(link.wire) == PQTRANS_IDLE &&
        dynamic_cast<const pqxx::nontransaction*>(&tx) == nullptr) {
        throw sql_failure(sql_failure_kind::refused, "25P02",
                          "a statement of this transaction failed and was ignored");
    }
}

pqxx::result send_prepared(pqxx::transaction_base& tx, const std::string& name,
                           const texts& values) {
#if LEASEHOLD_PQXX_PARAMS
    return tx.exec(pqxx::prepped{name}, values.for_libpqxx());
#else
    return tx.exec_prepared(name, values.for_libpqxx());
#endif
}

/// After its text, so that a server session which a pooler hands around can never run another
/// statement under this name; it refuses the name instead.
std::string name_of(const std::string& statement) {
    return "leasehold_" + std::to_string(std::hash<std::string>{}(statement));
}

/// Others wait for what it locks, and its process may have been stopped.
constexpr const char* locked_set_up = "SET LOCAL idle_in_transaction_session_timeout = '5 s'";

/// On CockroachDB: finds out whether this connection may still commit. Nothing that it sent may
/// happen once somebody knows it to be over.
void require_guard(transaction& tx, const connection::link& link) {
    if (const auto fence = guard_statement(link)) {
        try {
            tx.run(fence->text, fence->values);
        } catch (const sql_failure& failure) {
            throw guard_gone(failure);
        }
    }
}

/// One attempt. Everything that leaves it is sorted, and the connection closed where it is of no
/// more use.
/// @param set_up  statements to begin with, or none
template <class Begun>
void attempt_once(connection& on, const char* set_up,
                  const std::function<void(transaction&)>& body) {
    auto& link = on.opened();
    auto stage = sql_stage::body;
    try {
        std::optional<Begun> begun;
        link.watched([&] { begun.emplace(link.session); });
        auto& tx = *begun;
        if (set_up != nullptr) {
            link.watched([&] { tx.exec(set_up); });
        }
        transaction ours{tx, link};
        require_guard(ours, link);
        body(ours);
        // libpqxx's commit() returns normally for a transaction the server has already failed.
        if (ours.failed()) {
            throw sql_failure(sql_failure_kind::refused, "25P02",
                              "a statement of this transaction failed and was ignored");
        }
        stage = sql_stage::commit;
        link.watched([&] { tx.commit(); });
    } catch (const std::exception& error) {
        if (!is_database_error(error)) {
            throw;
        }
        const auto failure = classified(error, stage);
        if (failure.kind() == sql_failure_kind::reconnect ||
            failure.kind() == sql_failure_kind::in_doubt) {
            on.close();
        }
        throw failure;
    }
}

/// One attempt, after which nobody wonders what became of it.
template <class Begun>
void read_once(connection& on, const std::function<void(transaction&)>& body) {
    auto& link = on.opened();
    try {
        std::optional<Begun> begun;
        link.watched([&] { begun.emplace(link.session); });
        auto& tx = *begun;
        transaction ours{tx, link};
        body(ours);
        link.watched([&] { tx.commit(); });
    } catch (const std::exception& error) {
        if (!is_database_error(error)) {
            throw;
        }
        const auto failure = classified(error, sql_stage::body);
        if (failure.kind() == sql_failure_kind::reconnect) {
            on.close();
        }
        throw failure;
    }
}

}  // namespace

std::optional<statement> guard_statement(const connection::link& link) {
    if (traits_of(link.dialect).keeps_track || !link.guard) {
        return std::nullopt;
    }
    return statement{std::string{query::guard_stands.in(link.dialect)},
                     {std::to_string(*link.guard)}};
}

sql_failure guard_gone(const sql_failure& failure) {
    // division_by_zero: the statement counts the rows, and divides by their number.
    return failure.sqlstate() != "22012"
               ? failure
               : sql_failure{sql_failure_kind::reconnect, failure.sqlstate(),
                             "this connection's row in leasehold.guards is gone: whoever took it "
                             "away knows that nothing comes from here any more"};
}

transaction::transaction(pqxx::transaction_base& tx, connection::link& link)
    : tx_(tx), link_(&link), spoken_(link.dialect) {}

pqxx::result transaction::send(const std::string& statement, const params& values) {
    if (link_ == nullptr) {
        return send_once(tx_, statement, texts{values});
    }
    require_open(tx_, *link_);
    auto& prepared = link_->prepared;
    auto found = prepared.find(statement);
    if (found == prepared.end()) {
        // Statements name parts, and parts come and go: what a connection remembers is bounded.
        if (prepared.size() >= prepared_max) {
            link_->session.unprepare(prepared.begin()->second);
            prepared.erase(prepared.begin());
        }
        const std::string name = name_of(statement);
        link_->session.prepare(name, statement);
        found = prepared.emplace(statement, name).first;
    }
    return send_prepared(tx_, found->second, texts{values});
}

template <class Send>
pqxx::result transaction::watched(Send send) {
    try {
        return link_ == nullptr ? send() : link_->watched(send);
    } catch (const std::exception& error) {
        failed_ = true;
        // On the caller's own transaction it is the caller's own kind of exception.
        if (link_ == nullptr || !is_database_error(error)) {
            throw;
        }
        throw classified(error, sql_stage::body);
    }
}

pqxx::result transaction::run(std::string_view statement, const params& values) {
    return watched([&] { return send(std::string{statement}, values); });
}

pqxx::result transaction::run(const statement_text& statement, const params& values) {
    return run(statement.in(spoken_), values);
}

rows transaction::ask(const statement& one) {
    auto answered = std::make_shared<const pqxx::result>(run(one.text, one.values));
    std::vector<rows::cell> cells;
    cells.reserve(static_cast<std::size_t>(answered->size()) *
                  static_cast<std::size_t>(answered->columns()));
    for (const auto& row : *answered) {
        for (const auto& field : row) {
            cells.push_back(field.is_null() ? rows::cell{}
                                            : rows::cell{field.c_str(), field.size()});
        }
    }
    const auto columns = static_cast<int>(answered->columns());
    return {std::move(answered), columns, std::move(cells), value_form::text};
}

void transaction::execute(std::string_view statement, const params& values) {
    run(statement, values);
}

void transaction::run_script(std::string_view statements) {
    watched([&] { return tx_.exec(std::string{statements}); });
}

void transaction::copy_in(const std::string& table,
                          const std::array<std::string, copied_columns>& columns,
                          const std::vector<copied_line>& lines) {
    watched([&] {
#if PQXX_VERSION_MAJOR >= 7
        std::string names;
        for (const auto& one : columns) {
            names += (names.empty() ? "" : ", ") + one;
        }
        auto stream = pqxx::stream_to::raw_table(tx_, table, names);
        for (const auto& line : lines) {
            stream.write_row(line);
        }
#else
        pqxx::stream_to stream{tx_, table, columns};
        for (const auto& line : lines) {
            stream << std::apply(
                [](const auto&... value) {
                    return std::tuple{(value ? value->c_str() : nullptr)...};
                },
                line);
        }
#endif
        stream.complete();
        return pqxx::result{};
    });
}

void transaction::set_where_known(std::string_view settings) {
    if (traits_of(spoken_).settings) {
        run_script(settings);
    }
}

void transaction::prefer_index_lookups() {
    // Planned anew each time: a plan made for any number of ids walks a small part instead.
    // A walk that cannot be avoided, of a trigger's say, looks so dear then that it would be
    // compiled, which takes many times as long as the walk.
    std::string settings = "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL jit = off;";
    for (const auto name : plans_that_walk()) {
        settings.append("SET LOCAL ").append(name).append(" = off;");
    }
    set_where_known(settings);
}

void transaction::forbid_commit(const std::string& why) {
    try {
        run("SELECT CAST($1::text AS int8)", {why});
    } catch (const std::exception& error) {
        if (classified(error, sql_stage::body).sqlstate() != "22P02") {
            throw;
        }
    }
}

namespace {

void pause_after(int attempt, const retry_limits& limits) {
    std::this_thread::sleep_for(
        full_jitter(limits.first, limits.longest, attempt, random_fraction()));
}

/// Has another call been in the way, which makes or drops the same?
bool met_another(const sql_failure& failure) {
    static constexpr std::array<std::string_view, 6> codes{"23505", "42P06", "42P07",
                                                           "42710", "42P01", "XX000"};
    return std::find(codes.begin(), codes.end(), failure.sqlstate()) != codes.end();
}

}  // namespace

namespace detail {

void run_attempts(transaction_counters& counters, const retry_limits& limits,
                  const std::function<void()>& attempt_it) {
    for (int attempt = 1;; ++attempt) {
        try {
            attempt_it();
            ++counters.committed;
            return;
        } catch (const sql_failure& failure) {
            switch (failure.kind()) {
                case sql_failure_kind::retry: ++counters.retries; break;
                case sql_failure_kind::reconnect: ++counters.reconnects; throw;
                case sql_failure_kind::in_doubt: ++counters.in_doubt; throw;
                case sql_failure_kind::refused: ++counters.refused; throw;
            }
            if (attempt >= limits.attempts_max) {
                throw;
            }
        }
        pause_after(attempt, limits);
    }
}

void read_patiently(connection& on, const std::function<void()>& read) {
    transaction_counters nobodys;
    const bool again = traits_of(on.dialect()).looks_may_fail;
    run_attempts(nobodys, {.attempts_max = again ? retry_limits{}.attempts_max : 1}, read);
}

void run_serializable(connection& on, transaction_counters& counters, const retry_limits& limits,
                      const std::function<void(transaction&)>& body) {
    run_attempts(counters, limits, [&] { attempt_once<serializable>(on, nullptr, body); });
}

void run_locked(connection& on, transaction_counters& counters, const retry_limits& limits,
                const std::function<void(transaction&)>& body) {
    run_attempts(counters, limits, [&] { attempt_once<pqxx::work>(on, locked_set_up, body); });
}

void run_single(connection& on, transaction_counters& counters, const retry_limits& limits,
                const std::function<void(transaction&)>& body) {
    run_attempts(counters, limits, [&] { attempt_once<pqxx::work>(on, nullptr, body); });
}

void run_ddl(connection& on, transaction_counters& counters,
             const std::function<void(transaction&)>& body) {
    constexpr retry_limits limits{.attempts_max = 20};
    for (int attempt = 1;; ++attempt) {
        try {
            if (traits_of(on.dialect()).whole_ddl) {
                run_serializable(on, counters, {}, body);
            } else {
                run_attempts(counters, {}, [&] { read_once<pqxx::nontransaction>(on, body); });
            }
            return;
        } catch (const sql_failure& failure) {
            if (!met_another(failure) || attempt == limits.attempts_max) {
                throw;
            }
        }
        pause_after(attempt, limits);
    }
}

void run_snapshot(connection& on, const std::function<void(transaction&)>& body) {
    detail::read_patiently(on, [&] { read_once<snapshot>(on, body); });
}

void run_alone(connection& on, const std::function<void(transaction&)>& body) {
    detail::read_patiently(on, [&] { read_once<pqxx::nontransaction>(on, body); });
}

}  // namespace detail

}  // namespace leasehold
