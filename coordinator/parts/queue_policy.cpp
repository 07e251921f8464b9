#include "parts/queue_policy.hpp"

#include "base/duration_text.hpp"
#include "base/utf8_text.hpp"
#include "parts/plan_rules.hpp"

#include <chrono>
#include <stdexcept>

namespace leasehold {

namespace {

using namespace std::chrono_literals;

[[noreturn]] void refuse(const std::string& name, const std::string& value,
                         const std::string& range) {
    throw std::invalid_argument(name + " is " + value + "; it must be " + range);
}

void check(const char* name, const std::optional<int>& count, int least, int most) {
    if (count && (*count < least || *count > most)) {
        refuse(name, std::to_string(*count), std::to_string(least) + " to " + std::to_string(most));
    }
}

void check(const char* name, const std::optional<milliseconds>& time, milliseconds least,
           milliseconds most) {
    if (time && (*time < least || *time > most)) {
        refuse(name, duration_text(*time), duration_text(least) + " to " + duration_text(most));
    }
}

}  // namespace

std::string_view to_text(claim_mode mode) noexcept {
    return mode == claim_mode::lease ? "lease" : "row";
}

claim_mode claim_mode_from(std::string_view text) {
    for (const auto mode : {claim_mode::row, claim_mode::lease}) {
        if (text == to_text(mode)) {
            return mode;
        }
    }
    refuse("claims", quoted_excerpt(text), "row or lease");
}

// The table refuses the same: schema/migrations/0001, 0004, 0007.
queue_policy validated(queue_policy policy) {
    constexpr milliseconds month = 30 * 24h;
    check("max_attempts", policy.max_attempts, 1, 1000);
    check("retry_base", policy.retry_base, 1ms, month);
    check("retry_max", policy.retry_max, 1ms, month);
    if (policy.strategy) {
        require_strategy(*policy.strategy);
    }
    check("settle", policy.settle, 0ms, 10s);
    check("restart_grace", policy.restart_grace, 0ms, 1h);
    check("help_delay", policy.help_delay, 0ms, 1h);
    check("helpers_max", policy.helpers_max, 0, 64);
    if (policy.claims) {
        claim_mode_from(*policy.claims);
    }
    return policy;
}

}  // namespace leasehold
