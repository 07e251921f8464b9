#include "worker/log.hpp"

#include <spdlog/spdlog.h>

namespace leasehold {

spdlog::logger& log() {
    static const std::shared_ptr<spdlog::logger> chosen = [] {
        auto registered = spdlog::get("leasehold");
        return registered != nullptr ? registered : spdlog::default_logger();
    }();
    return *chosen;
}

}  // namespace leasehold
