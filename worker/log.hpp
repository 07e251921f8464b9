#pragma once

#include <spdlog/logger.h>

#include <exception>
#include <string>

namespace leasehold {

/// The logger named "leasehold" where the service registered one, else spdlog's default.
spdlog::logger& log();

/// `kind=… sqlstate=… error="…"`, to end a line with.
std::string fields_of(const std::exception& error);

}  // namespace leasehold
