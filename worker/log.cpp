#include "worker/log.hpp"

#include "sql/sql_failure.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

namespace leasehold {

spdlog::logger& log() {
    static const std::shared_ptr<spdlog::logger> chosen = [] {
        auto registered = spdlog::get("leasehold");
        return registered != nullptr ? registered : spdlog::default_logger();
    }();
    return *chosen;
}

std::string fields_of(const std::exception& error) {
    const auto* sorted = dynamic_cast<const sql_failure*>(&error);
    return fmt::format("kind={} sqlstate={} error=\"{}\"",
                       to_text(sorted != nullptr ? sorted->kind() : sql_failure_kind::refused),
                       sorted != nullptr ? sorted->sqlstate() : "", error.what());
}

}  // namespace leasehold
