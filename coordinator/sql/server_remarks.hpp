#pragma once

#include <string>

namespace leasehold {

class connection;

/// What is known to be wrong with SERIALIZABLE on a server of that version, and does not keep
/// Leasehold from working: one sentence for people, with the remedy.
///
/// @param server_version  as libpq numbers it: 150020 is 15.20
/// @return  empty when nothing is known
/// Source: docs/guarantees.md, "A server's own holes"
std::string server_remark(int server_version);

/// The same of the server that `on` is connected to. Opens the connection when nobody has yet.
/// @throws sql_failure as connection::open()
std::string server_remark(connection& on);

}  // namespace leasehold
