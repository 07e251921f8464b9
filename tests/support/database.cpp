#include "tests/support/database.hpp"

#include "items/queue_setup.hpp"
#include "parts/queue_store.hpp"
#include "sql/migrations.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/wait.hpp"

#include <leasehold/ids.hpp>

#include <libpq-fe.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>

namespace leasehold::test {

namespace {

std::string servers_dsn() {
    const char* text = std::getenv("LEASEHOLD_DSN");
    if (text == nullptr || *text == '\0') {
        throw std::runtime_error(
            "LEASEHOLD_DSN is not set: this test needs a server; run it as "
            "scripts/with-postgres COMMAND, or by scripts/test");
    }
    return text;
}

std::string fresh_name() {
    std::string id = to_text(random_item_id());
    id.erase(std::remove(id.begin(), id.end(), '-'), id.end());
    return "leasehold_test_" + id;
}

pqxx::result run_alone(pqxx::connection& session, const std::string& text) {
    pqxx::nontransaction tx{session};
    return tx.exec(text);
}

bool is_cockroach(pqxx::connection& session) {
    return std::string_view{run_alone(session, "SELECT version()")[0][0].c_str()}.find(
               "CockroachDB") != std::string_view::npos;
}

/// Does the server say that it has no such thing? A table that is missing may be a mistake of ours,
/// so it has to be one of those that only PostgreSQL has.
bool knows_no_such_thing(const pqxx::sql_error& error) {
    const auto& state = error.sqlstate();
    const std::string_view message{error.what()};
    return state == "42601" || state == "0A000" || state == "42883" || state == "42704" ||
           (state == "42P01" && (message.find("\"pg_") != std::string_view::npos ||
                                 message.find("queue_") != std::string_view::npos));
}

}  // namespace

fresh_database::fresh_database(contents wanted)
    : name_(fresh_name()),
      dsn_(dsn_with(servers_dsn(), "dbname", name_)),
      server_(std::make_unique<pqxx::connection>(servers_dsn())) {
    on_cockroach_ = is_cockroach(*server_);
    run(*server_, "CREATE DATABASE " + name_ + " TEMPLATE template0");
    session_ = std::make_unique<pqxx::connection>(dsn_);
    if (wanted == contents::none) {
        return;
    }
    auto on = connect();
    transaction_counters counters;
    migrate(on, counters);
}

fresh_database::~fresh_database() {
    try {
        session_.reset();
        run_alone(*server_, "DROP DATABASE IF EXISTS " + name_ +
                                (on_cockroach_ ? " CASCADE" : " WITH (FORCE)"));
    } catch (const std::exception& error) {
        // The server may be gone, or the test may have killed it: nothing to drop then.
        std::cerr << "cannot drop " << name_ << ": " << error.what() << '\n';
    }
}

void fresh_database::needs_postgres(const std::string& what) const {
    if (on_cockroach_) {
        skip_here("not on CockroachDB: " + what);
    }
}

connection fresh_database::connect(connect_options options) const {
    return connection{leasehold::dsn{dsn_}, std::move(options)};
}

queue_info fresh_database::make_queue(const queue_spec& wanted) const {
    auto on = connect();
    transaction_counters counters;
    create_queue(on, counters, wanted);
    return read_snapshot(on, [&](transaction& tx) { return require_queue(tx, wanted.name); });
}

void fresh_database::put(const std::string& queue, int count) {
    sql("INSERT INTO leasehold." + std::string{on_cockroach_ ? "items_" : "queue_"} + queue +
        " (payload) SELECT to_jsonb(n) FROM generate_series(1, " + std::to_string(count) +
        ") AS n");
}

pqxx::result fresh_database::sql(const std::string& text) { return run(*session_, text); }

pqxx::result fresh_database::run(pqxx::connection& session, const std::string& text) const {
    pqxx::result answered;
    const auto is_run = [&] {
        try {
            answered = run_alone(session, text);
            return true;
        } catch (const pqxx::serialization_failure&) {
            if (!on_cockroach_) {
                throw;
            }
            return false;  // there a statement alone that meets others is begun anew
        }
    };
    try {
        if (!eventually(is_run)) {
            throw std::runtime_error("others are always in the way of: " + text);
        }
        return answered;
    } catch (const pqxx::sql_error& error) {
        if (on_cockroach_ && knows_no_such_thing(error)) {
            skip_here("PostgreSQL's words: " + std::string{error.what()});
        }
        throw;
    }
}

int fresh_database::count(const std::string& from) {
    return sql("SELECT count(*) FROM " + from)[0][0].as<int>();
}

int fresh_database::cut(const std::string& which) {
    return count("(SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE (" + which +
                 ") AND datname = current_database() AND pid <> pg_backend_pid()) AS ended");
}

std::string dsn_with(const std::string& text, std::string_view keyword, const std::string& value) {
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options{
        PQconninfoParse(text.c_str(), nullptr), &PQconninfoFree};
    if (options == nullptr) {
        throw std::runtime_error("LEASEHOLD_DSN cannot be read as a connection string");
    }
    std::string result;
    const auto add = [&result](std::string_view name, std::string_view content) {
        result.append(result.empty() ? "" : " ").append(name).append("='");
        for (const char c : content) {
            result.append(c == '\'' || c == '\\' ? "\\" : "").push_back(c);
        }
        result += '\'';
    };
    for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr && option->keyword != keyword) {
            add(option->keyword, option->val);
        }
    }
    add(keyword, value);
    return result;
}

}  // namespace leasehold::test
