#include "sql/batch.hpp"

#include "base/text.hpp"
#include "sql/link.hpp"
#include "sql/wire_form.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

// Source: PostgreSQL's documentation of libpq, "Pipeline Mode"; of the protocol, "Pipelining".

namespace leasehold {

namespace {

using result = std::unique_ptr<PGresult, decltype(&PQclear)>;

result next_result(PGconn* wire) { return {PQgetResult(wire), &PQclear}; }

/// How jsonb is written as bytes: a number for the way, of which there is one, then its text.
constexpr std::size_t jsonb_way = 1;

rows rows_of(result answered) {
    const int columns = PQnfields(answered.get());
    const int count = PQntuples(answered.get());
    std::vector<std::size_t> leave_out;
    leave_out.reserve(static_cast<std::size_t>(columns));
    for (int column = 0; column < columns; ++column) {
        leave_out.push_back(PQftype(answered.get(), column) == wire_form::jsonb_type ? jsonb_way
                                                                                     : 0);
    }
    std::vector<rows::cell> cells;
    cells.reserve(static_cast<std::size_t>(columns) * static_cast<std::size_t>(count));
    for (int row = 0; row < count; ++row) {
        for (int column = 0; column < columns; ++column) {
            if (PQgetisnull(answered.get(), row, column) != 0) {
                cells.emplace_back();
                continue;
            }
            const auto out = leave_out[static_cast<std::size_t>(column)];
            const auto length = static_cast<std::size_t>(PQgetlength(answered.get(), row, column));
            cells.emplace_back(PQgetvalue(answered.get(), row, column) + out, length - out);
        }
    }
    return {std::shared_ptr<const PGresult>{std::move(answered)}, columns, std::move(cells),
            value_form::bytes};
}

constexpr int as_text = 0;
constexpr int as_bytes = 1;

/// Parameters as libpq takes them. Valid as long as what they were made of.
class wire_values {
public:
    explicit wire_values(const params& values) {
        arrays_.reserve(values.size());
        for (const auto& value : values) {
            if (const auto* ids = value.ids()) {
                arrays_.push_back(wire_form::array_of(*ids));
                add(arrays_.back().data(), arrays_.back().size(), as_bytes);
            } else if (const auto* text = value.text()) {
                add(text->c_str(), text->size(), as_text);
            } else {
                add(nullptr, 0, as_text);
            }
        }
    }

    int send(PGconn* wire, const std::string& name) const {
        return PQsendQueryPrepared(wire, name.c_str(), static_cast<int>(data_.size()), data_.data(),
                                   lengths_.data(), forms_.data(), as_bytes);
    }

private:
    void add(const char* data, std::size_t length, int form) {
        data_.push_back(data);
        lengths_.push_back(static_cast<int>(length));
        forms_.push_back(form);
    }

    std::vector<std::string> arrays_{};
    std::vector<const char*> data_{};
    std::vector<int> lengths_{};
    std::vector<int> forms_{};
};

/// After its text, as in transaction.cpp; the two ways of asking do not share names.
std::string name_on_wire(const std::string& text) {
    return "leasehold_batch_" + std::to_string(std::hash<std::string>{}(text));
}

/// Pipeline mode for as long as it lives; then the connection is as it was, or good for nothing.
class pipeline {
public:
    explicit pipeline(connection::link& link) : link_(link), wire_(link.wire) {
        require(PQenterPipelineMode(wire_));
    }
    pipeline(const pipeline&) = delete;
    pipeline& operator=(const pipeline&) = delete;
    ~pipeline() { PQexitPipelineMode(wire_); }

    /// Those that are new here: in one round trip, and each by itself, since what one transaction
    /// prepares stays when it fails.
    void prepare(const std::vector<statement>& statements) {
        auto& known = link_.prepared_on_wire;
        std::vector<std::string> fresh;
        for (const auto& one : statements) {
            if (!known.contains(one.text) &&
                std::find(fresh.begin(), fresh.end(), one.text) == fresh.end()) {
                fresh.push_back(one.text);
                require(PQsendPrepare(wire_, name_on_wire(one.text).c_str(), one.text.c_str(), 0,
                                      nullptr));
                require(PQpipelineSync(wire_));
            }
        }
        std::optional<sql_failure> failed;
        for (const auto& text : fresh) {
            const auto answered = read_answer(sql_stage::body, failed);
            read_end(failed);
            if (answered) {
                known.emplace(text, name_on_wire(text));
            }
        }
        if (failed) {
            throw sql_failure{*failed};
        }
    }

    void send(const statement& one, sql_stage stage = sql_stage::body) {
        const auto& name = link_.prepared_on_wire.at(one.text);
        sends_commit_ = sends_commit_ || stage == sql_stage::commit;
        require(wire_values{one.values}.send(wire_, name));
        expected_.push_back(stage);
    }

    /// What was sent is answered, to its end.
    /// @throws sql_failure the first failure, which is the cause of all after it
    std::vector<rows> answers() {
        require(PQpipelineSync(wire_));
        std::vector<rows> made;
        std::optional<sql_failure> failed;
        for (const auto stage : std::exchange(expected_, {})) {
            if (auto answered = read_answer(stage, failed)) {
                made.push_back(std::move(*answered));
            }
        }
        read_end(failed);
        if (failed) {
            throw sql_failure{*failed};
        }
        return made;
    }

private:
    /// @param failed  becomes what went wrong, unless something has before
    std::optional<rows> read_answer(sql_stage stage, std::optional<sql_failure>& failed) {
        auto one = next_result(wire_);
        const auto status = PQresultStatus(one.get());
        const bool good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
        if (!good && !failed && status != PGRES_PIPELINE_ABORTED) {
            failed = failure_in(one.get(), stage);
        }
        if (PQstatus(wire_) != CONNECTION_OK) {
            throw failed ? *failed : lost();
        }
        next_result(wire_);  // after each answer comes the word that it was the last
        return good ? std::optional{rows_of(std::move(one))} : std::nullopt;
    }

    void read_end(const std::optional<sql_failure>& failed) {
        if (PQresultStatus(next_result(wire_).get()) != PGRES_PIPELINE_SYNC) {
            throw failed ? *failed : lost();
        }
    }

    void require(int done) const {
        if (done != 1) {
            throw PQstatus(wire_) == CONNECTION_OK
                ? sql_failure{sql_failure_kind::refused, "", one_line(PQerrorMessage(wire_))}
                : lost();
        }
    }

    sql_failure lost() const {
        return {sends_commit_ ? sql_failure_kind::in_doubt : sql_failure_kind::reconnect, "08006",
                "the connection was lost: " + one_line(PQerrorMessage(wire_))};
    }

    sql_failure failure_in(const PGresult* answered, sql_stage at) const {
        const char* code = PQresultErrorField(answered, PG_DIAG_SQLSTATE);
        return code == nullptr ? lost() : server_failure(code, PQresultErrorMessage(answered), at);
    }

    connection::link& link_;
    PGconn* const wire_;
    std::vector<sql_stage> expected_{};  ///< of each answer to come
    bool sends_commit_ = false;
};

void roll_back(PGconn* wire) {
    if (PQtransactionStatus(wire) != PQTRANS_IDLE) {
        const result over{PQexec(wire, "ROLLBACK"), &PQclear};
    }
}

const statement begin_serializable{"BEGIN ISOLATION LEVEL SERIALIZABLE", {}};
const statement begin_read_committed{"BEGIN ISOLATION LEVEL READ COMMITTED", {}};
const statement commit{"COMMIT", {}};

void forget_statements(connection::link& link) {
    auto& known = link.prepared_on_wire;
    while (known.size() > prepared_max) {
        const auto forget = "DEALLOCATE " + known.begin()->second;
        const result over{PQexec(link.wire, forget.c_str()), &PQclear};
        known.erase(known.begin());
    }
}

/// A statement that is alone commits with its answer.
std::vector<rows> attempt_alone(connection::link& link, const statement& only) {
    forget_statements(link);
    pipeline sent{link};
    sent.prepare({only});
    sent.send(only, sql_stage::commit);
    return sent.answers();
}

std::vector<rows> attempt(connection::link& link, const std::vector<statement>& statements,
                          const statement& begin) {
    forget_statements(link);
    pipeline sent{link};
    std::vector<statement> before{begin};
    if (auto guard = guard_statement(link)) {
        before.push_back(std::move(*guard));
    }
    sent.prepare(before);
    sent.prepare({commit});
    sent.prepare(statements);
    for (const auto& one : before) {
        sent.send(one);
    }
    for (const auto& one : statements) {
        sent.send(one);
    }
    sent.send(commit, sql_stage::commit);
    try {
        auto answers = sent.answers();
        answers.erase(answers.begin(),
                      answers.begin() + static_cast<std::ptrdiff_t>(before.size()));
        answers.pop_back();
        return answers;
    } catch (const sql_failure& failure) {
        throw guard_gone(failure);
    }
}

std::vector<rows> ask_all(connection::link& link, const std::vector<statement>& statements) {
    forget_statements(link);
    pipeline sent{link};
    sent.prepare(statements);
    for (const auto& one : statements) {
        sent.send(one);
    }
    return sent.answers();
}

/// What `ask` answers; afterwards the connection is as it was before, or closed.
std::vector<rows> cleared_up(connection& on,
                             const std::function<std::vector<rows>(connection::link&)>& ask) {
    auto& link = on.opened();
    try {
        return link.watched([&] { return ask(link); });
    } catch (const sql_failure& failure) {
        link.watched([&] { roll_back(link.wire); });
        // In doubt although nothing was lost (40003): whoever clears it up ends this connection.
        if (PQtransactionStatus(link.wire) != PQTRANS_IDLE ||
            failure.kind() == sql_failure_kind::in_doubt ||
            failure.kind() == sql_failure_kind::reconnect) {
            on.close();
        }
        throw;
    } catch (...) {
        on.close();
        throw;
    }
}

}  // namespace

std::vector<rows> run_batch(connection& on, transaction_counters& counters,
                            const std::vector<statement>& statements,
                            const std::function<std::shared_ptr<void>()>& around, batch_level level,
                            const retry_limits& limits) {
    // CockroachDB waits for nobody's row at READ COMMITTED that it would not at SERIALIZABLE, and
    // what stands alone cannot ask whether its connection may still commit.
    const bool serializable =
        level == batch_level::serializable || !traits_of(on.dialect()).waits_for_rows;
    const auto& begin = serializable ? begin_serializable : begin_read_committed;
    std::vector<rows> answers;
    detail::run_attempts(counters, limits, [&] {
        const auto held = around();
        answers = cleared_up(on, [&](connection::link& link) {
            return !serializable && statements.size() == 1 ? attempt_alone(link, statements.front())
                                                           : attempt(link, statements, begin);
        });
    });
    return answers;
}

std::vector<rows> read_batch(connection& on, const std::vector<statement>& statements) {
    std::vector<rows> answers;
    detail::read_patiently(on, [&] {
        answers = cleared_up(on, [&](connection::link& link) { return ask_all(link, statements); });
    });
    return answers;
}

void check_statement(connection& on, const std::string& text) {
    cleared_up(on, [&](connection::link& link) {
        forget_statements(link);
        pipeline{link}.prepare({{text, {}}});
        return std::vector<rows>{};
    });
}

}  // namespace leasehold
