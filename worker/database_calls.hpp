#pragma once

#include "parts/lease_keeper.hpp"
#include "session/session_keeper.hpp"
#include "sql/connection.hpp"
#include "sql/notice_line.hpp"
#include "sql/transaction.hpp"
#include "worker/load_keeper.hpp"
#include "worker/notice_listener.hpp"

#include <leasehold/options.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace leasehold {

/// The session keeper's calls, on a connection of their own: nothing slow ever stands before a
/// heartbeat.
class session_database final : public session_calls {
public:
    session_database(connection& on, transaction_counters& counters, queue_info queue,
                     process_identity identity, session_options options);

    void register_session(const session_id& id) override;
    extend_outcome extend(const session_id& id) override;

private:
    connection& on_;
    transaction_counters& counters_;
    queue_info queue_;
    process_identity identity_;
    session_options options_;
};

/// Whether a worker looks at the guards of others.
enum class guards { passed_over, looked_at };

/// The lease keeper's calls, on a connection of their own.
class lease_database final : public lease_calls {
public:
    lease_database(connection& on, transaction_counters& counters, queue_info queue,
                   guards looked_at = guards::passed_over);

    queue_watch watch(const session_id& me, const session_id& random) override;
    void make_plan() override;
    std::vector<part_view> look(const session_id& me) override;
    std::vector<lease> take(const session_id& me, const std::vector<part_id>& parts) override;
    std::vector<part_id> give(const session_id& me, const std::vector<part_id>& parts) override;
    void let_go(const session_id& me, const std::vector<part_id>& parts) override;
    void set_leaving(const session_id& me) override;
    bool leave(const session_id& me) override;
    bool expire_now(const session_row& seen, std::int64_t guard) override;
    void begin_reap(const session_row& expired) override;
    reap_progress reap_step(const session_row& expired) override;

private:
    bool free_some(transaction& tx, const session_id& of, part_id part, const std::string& why);

    connection& on_;
    transaction_counters& counters_;
    queue_info queue_;
    guards guards_;
};

/// The listener's calls, on a connection of their own.
class notice_database final : public notice_calls {
public:
    notice_database(dsn where, const std::string& queue);

    void open() override { line_.open(); }
    void close() noexcept override { line_.close(); }
    std::vector<std::string> wait(milliseconds patience) override { return line_.wait(patience); }
    void interrupt() noexcept override { line_.interrupt(); }

private:
    notice_line line_;
};

/// The load keeper's calls, on the lease keeper's connection.
class load_database final : public load_calls {
public:
    load_database(connection& on, transaction_counters& counters, queue_info queue);

    std::vector<part_load> read(const session_id& me, const std::vector<part_id>& parts) override;
    std::vector<part_backlog> backlogs(const std::vector<part_id>& parts,
                                       std::int64_t most) override;
    void write(const session_id& me, const std::vector<part_load>& loads) override;

private:
    connection& on_;
    transaction_counters& counters_;
    queue_info queue_;
};

/// This process, for people who look at `leasehold sessions`.
process_identity this_process(const session_options& options);

}  // namespace leasehold
