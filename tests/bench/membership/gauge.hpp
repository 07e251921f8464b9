#pragma once

#include "worker/bench/server_cpu.hpp"

#include <leasehold/time.hpp>

#include <pqxx/pqxx>

#include <cstdint>
#include <map>
#include <string>

namespace leasehold::membership {

/// What one statement has cost the server so far.
struct statement_cost {
    std::int64_t calls{0};
    std::int64_t rows{0};     ///< answered
    std::int64_t buffers{0};  ///< pages looked at
    double took_ms{0};
};

/// What the server has spent so far.
struct reading {
    steady_time at{};
    double cpu_s{0};  ///< of all its processes
    std::int64_t transactions{0};
    std::int64_t wal_bytes{0};
    std::map<std::string, statement_cost> statements{};  ///< by name; the empty: all others
};

/// Reads the meters of the server of LEASEHOLD_PGDATA.
class gauge {
public:
    explicit gauge(const std::string& dsn);
    reading read();

    /// Sessions, and parts that are not with the one they are planned for; nothing unplanned left.
    struct standing {
        int sessions{0};
        int astray{0};
        bool planned{false};
        std::int64_t plan{0};
        std::int64_t changes{0};  ///< of hands, ever
    };
    standing look();

private:
    pqxx::connection session_;
    bench::server_cpu processor_;
};

}  // namespace leasehold::membership
