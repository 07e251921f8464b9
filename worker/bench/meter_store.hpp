#pragma once

#include "sql/transaction.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::bench {

/// Bytes of WAL that the server has written so far, for whomever.
std::int64_t wal_bytes(transaction& tx);

/// Settings that decide how fast the server can be; its version first.
std::vector<std::pair<std::string, std::string>> server_settings(transaction& tx);

/// Connections that the server still has for the role of `tx`.
int connections_left(transaction& tx);

}  // namespace leasehold::bench
