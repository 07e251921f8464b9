#pragma once

#include "tests/cockroach/stub.hpp"
#include "tests/support/database.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::test {

using text_rows = std::vector<std::vector<std::string>>;

/// libpq by itself: it retries nothing, hides nothing and adds nothing.
class raw_connection {
public:
    explicit raw_connection(const std::string& dsn) : wire_(PQconnectdb(dsn.c_str()), &PQfinish) {
        EXPECT_EQ(PQstatus(wire_.get()), CONNECTION_OK) << PQerrorMessage(wire_.get());
        PQsetNoticeReceiver(
            wire_.get(),
            [](void* self, const PGresult* notice) {
                static_cast<raw_connection*>(self)->notices_.emplace_back(
                    PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY));
            },
            this);
    }

    raw_connection(const raw_connection&) = delete;
    raw_connection& operator=(const raw_connection&) = delete;

    PGconn* wire() const noexcept { return wire_.get(); }
    bool is_open() const noexcept { return PQstatus(wire_.get()) == CONNECTION_OK; }
    const std::vector<std::string>& notices() const noexcept { return notices_; }

    struct answer {
        std::string sqlstate{};  ///< "" when it went well, "lost" when no answer came
        std::string message{};
        std::string tag{};
        text_rows rows{};
    };

    answer ask(const std::string& sql) {
        return answer_in(result{PQexec(wire(), sql.c_str()), &PQclear});
    }
    /// By the extended protocol, with texts.
    answer ask(const std::string& sql, const std::vector<std::string>& values) {
        std::vector<const char*> pointers;
        pointers.reserve(values.size());
        for (const auto& value : values) {
            pointers.push_back(value.c_str());
        }
        return answer_in(result{PQexecParams(wire(), sql.c_str(), static_cast<int>(values.size()),
                                             nullptr, pointers.data(), nullptr, nullptr, 0),
                                &PQclear});
    }
    /// The next answer in pipeline mode; nothing between two.
    answer next() { return answer_in(result{PQgetResult(wire()), &PQclear}); }

private:
    using result = std::unique_ptr<PGresult, decltype(&PQclear)>;

    answer answer_in(const result& got) const {
        answer one;
        if (got == nullptr) {
            one.tag = "none";
            return one;
        }
        const auto status = PQresultStatus(got.get());
        if (status == PGRES_PIPELINE_SYNC || status == PGRES_PIPELINE_ABORTED ||
            status == PGRES_COPY_IN) {
            one.tag = PQresStatus(status);
            return one;
        }
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
            const char* code = PQresultErrorField(got.get(), PG_DIAG_SQLSTATE);
            one.sqlstate = code != nullptr ? code : "lost";
            one.message = PQresultErrorMessage(got.get());
            return one;
        }
        one.tag = PQcmdStatus(got.get());
        for (int row = 0; row < PQntuples(got.get()); ++row) {
            auto& cells = one.rows.emplace_back();
            for (int column = 0; column < PQnfields(got.get()); ++column) {
                cells.emplace_back(PQgetvalue(got.get(), row, column),
                                   static_cast<std::size_t>(PQgetlength(got.get(), row, column)));
            }
        }
        return one;
    }

    std::unique_ptr<PGconn, decltype(&PQfinish)> wire_;
    std::vector<std::string> notices_{};
};

/// A database of its own, behind a stub of its own.
struct behind_stub : testing::Test {
    explicit behind_stub(stub_options options = {})
        : stub_(std::make_unique<cockroach_stub>(database.dsn(), options)) {
        database.sql("CREATE TABLE t (part int, id int, n int, PRIMARY KEY (part, id))");
        database.sql("INSERT INTO t SELECT i % 2, i, i FROM generate_series(1, 10) AS i");
    }

    postgres_database database{"what is beneath a stub"};
    cockroach_stub& stub() { return *stub_; }
    fault_source& faults() { return stub_->faults(); }
    const std::string& dsn() const { return stub_->dsn(); }
    /// Instead of the one there was.
    void play(const stub_options& options) {
        stub_ = std::make_unique<cockroach_stub>(database.dsn(), options);
    }

private:
    std::unique_ptr<cockroach_stub> stub_;
};

}  // namespace leasehold::test
