#include "sql/commit_fate.hpp"

#include "schema/sql.hpp"

#include <pqxx/pqxx>

namespace leasehold {

std::string transaction_id(transaction& tx) {
    return tx.run(query::transaction_id)[0][0].as<std::string>();
}

std::string server_timeline(transaction& tx) {
    return tx.run(query::server_timeline)[0][0].as<std::string>("");
}

bool is_connection_ended(transaction& tx, const std::string& guard) {
    return tx.run(query::connection_ended, {guard})[0][0].as<bool>();
}

commit_fate fate_of(transaction& tx, const std::string& id) {
    const auto status = tx.run(query::transaction_status, {id})[0][0].as<std::string>("");
    if (status == "committed") {
        return commit_fate::committed;
    }
    if (status == "aborted") {
        return commit_fate::rolled_back;
    }
    return status == "in progress" ? commit_fate::running : commit_fate::unknown;
}

traces_gone forget_traces(transaction& tx, trace what, const std::string& from) {
    constexpr int most = 1'000;  // a transaction that stays small
    const auto& statement = what == trace::commits ? query::commits_forget : query::guards_forget;
    const auto row = tx.run(statement, {std::to_string(most), from})[0];
    if (row["gone"].as<int>() < most) {
        return {};
    }
    return {.more = true, .last = row["last"].as<std::string>()};
}

}  // namespace leasehold
