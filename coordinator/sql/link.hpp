#pragma once

#include "sql/connection.hpp"

#include <pqxx/pqxx>

#include <string>
#include <unordered_map>

namespace leasehold {

struct connection::link {
    explicit link(const std::string& conninfo) : session(conninfo) {}

    pqxx::connection session;
    /// Statement text to the name it was prepared under here.
    std::unordered_map<std::string, std::string> prepared{};
    unsigned long prepared_so_far{0};
};

}  // namespace leasehold
