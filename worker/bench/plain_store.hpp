#pragma once

#include "sql/dsn.hpp"

#include <leasehold/enqueue.hpp>
#include <leasehold/time.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace leasehold::bench {

/// What a statement answered.
struct plain_answer {
    std::vector<std::string> first_column{};
    std::int64_t changed{0};  ///< rows
};

enum class plain_isolation { read_committed, repeatable_read, serializable };

/// A connection as anybody's program has one: the server's own settings, libpqxx, prepared
/// statements. The contenders that are nothing but SQL run on it; ours do not.
/// Each call throws sql_failure when the server refuses; the transaction is then over.
class plain_connection {
public:
    explicit plain_connection(const dsn& where);
    ~plain_connection();
    plain_connection(const plain_connection&) = delete;
    plain_connection& operator=(const plain_connection&) = delete;

    void prepare(const std::string& name, const std::string& statement);

    /// Until commit() or roll_back(); without it each statement commits by itself.
    void begin(plain_isolation level = plain_isolation::read_committed);
    void commit();
    void roll_back() noexcept;

    plain_answer run(const std::string& name, const std::vector<std::string>& values = {});
    /// One that is not prepared, for once.
    plain_answer run_text(const std::string& statement);

    /// By the library, as a service calls it; commits by itself.
    std::vector<enqueued> enqueue(const queue_info& queue, std::span<const new_item> items);

    /// LISTEN, once.
    void listen(const std::string& channel);
    /// Until a notice comes, or `longest` is over. One that came since the last call counts.
    void await_notice(milliseconds longest);

private:
    struct inside;
    std::unique_ptr<inside> inside_;
};

/// `{a,b,c}`: values that hold neither quotes nor commas, as an array of SQL.
std::string sql_array(const std::vector<std::string>& values);

}  // namespace leasehold::bench
