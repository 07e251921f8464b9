#pragma once

#include "items/queue_setup.hpp"
#include "parts/queue_store.hpp"
#include "sql/migrations.hpp"
#include "tests/cockroach/stub.hpp"
#include "tests/support/database.hpp"

#include <leasehold/ids.hpp>

#include <pqxx/pqxx>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

namespace leasehold::test {

/// A database of a test's own on a CockroachDB, migrated by the library: behind a stub, whose
/// PostgreSQL beneath can be asked about anything, or on the server at hand, when that is one.
class cockroach_database {
public:
    explicit cockroach_database(const stub_options& options = {})
        : beneath_(std::make_unique<fresh_database>(fresh_database::contents::none)) {
        if (!beneath_->is_on_cockroach()) {
            stub_ = std::make_unique<cockroach_stub>(beneath_->dsn(), options);
        }
        auto on = connect();
        transaction_counters counters;
        migrate(on, counters);
    }

    const std::string& dsn() const noexcept { return stub_ ? stub_->dsn() : beneath_->dsn(); }
    /// Of the PostgreSQL beneath.
    const std::string& dsn_beneath() const noexcept { return beneath_->dsn(); }
    /// Skips the test where the server is a real one.
    fault_source& faults() {
        beneath_->needs_postgres("faults of the stub");
        return stub_->faults();
    }
    connection connect(connect_options options = {}) const {
        return connection{leasehold::dsn{dsn()}, std::move(options)};
    }
    queue_info make_queue(const queue_spec& wanted) const {
        auto on = connect();
        transaction_counters counters;
        create_queue(on, counters, wanted);
        return read_snapshot(on, [&](transaction& tx) { return require_queue(tx, wanted.name); });
    }
    /// Asked of PostgreSQL itself, whatever goes wrong between it and the library.
    pqxx::result sql(const std::string& text) { return beneath_->sql(text); }
    int count(const std::string& from) { return beneath_->count(from); }

private:
    std::unique_ptr<fresh_database> beneath_;
    std::unique_ptr<cockroach_stub> stub_;
};

}  // namespace leasehold::test
