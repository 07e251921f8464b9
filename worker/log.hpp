#pragma once

#include <spdlog/logger.h>

namespace leasehold {

/// The logger named "leasehold" where the service registered one, else spdlog's default.
spdlog::logger& log();

}  // namespace leasehold
