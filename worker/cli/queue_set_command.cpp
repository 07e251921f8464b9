// leasehold queue set: changes what of a queue may be changed.

#include "base/duration_text.hpp"
#include "base/utf8_text.hpp"
#include "items/queue_setup.hpp"
#include "parts/queue_policy.hpp"
#include "worker/cli/command.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <iostream>
#include <stdexcept>
#include <variant>

namespace leasehold {

namespace {

struct set_wish {
    std::string queue{};
    std::vector<std::string> settings{};  ///< key=value
    queue_policy policy{};
};

using count_member = std::optional<int> queue_policy::*;
using time_member = std::optional<milliseconds> queue_policy::*;
using text_member = std::optional<std::string> queue_policy::*;

struct queue_key {
    std::string_view name;
    std::variant<count_member, time_member, text_member> member;
};

constexpr std::array<queue_key, 9> queue_keys{{
    {"max_attempts", &queue_policy::max_attempts},
    {"retry_base", &queue_policy::retry_base},
    {"retry_max", &queue_policy::retry_max},
    {"strategy", &queue_policy::strategy},
    {"settle", &queue_policy::settle},
    {"restart_grace", &queue_policy::restart_grace},
    {"help_delay", &queue_policy::help_delay},
    {"helpers_max", &queue_policy::helpers_max},
    {"claims", &queue_policy::claims},
}};

std::string known_keys() {
    std::string text;
    for (const auto& one : queue_keys) {
        text.append(text.empty() ? "" : ", ").append(one.name);
    }
    return text;
}

/// Sets one member of a policy from text.
struct set_member {
    queue_policy& policy;
    const std::string& key;
    const std::string& value;

    void operator()(count_member member) const {
        int count = 0;
        const auto* const end = value.data() + value.size();
        const auto read = std::from_chars(value.data(), end, count);
        if (read.ec != std::errc{} || read.ptr != end) {
            refuse("a whole number");
        }
        policy.*member = count;
    }
    void operator()(time_member member) const {
        const auto time = duration_from(value);
        if (!time) {
            refuse(std::string{duration_form});
        }
        policy.*member = *time;
    }
    void operator()(text_member member) const { policy.*member = value; }

private:
    [[noreturn]] void refuse(const std::string& form) const {
        throw std::invalid_argument(key + " is " + quoted_excerpt(value) + "; it must be " + form);
    }
};

/// @throws std::invalid_argument
void read_setting(const std::string& text, queue_policy& policy) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) {
        throw std::invalid_argument(quoted_excerpt(text) +
                                    " sets nothing; write key=value, with one of the keys " +
                                    known_keys());
    }
    const auto key = text.substr(0, equals);
    const auto value = text.substr(equals + 1);
    for (const auto& one : queue_keys) {
        if (one.name == key) {
            std::visit(set_member{policy, key, value}, one.member);
            return;
        }
    }
    throw std::invalid_argument("there is no key " + quoted_excerpt(key) +
                                "; the keys are: " + known_keys());
}

bool is_empty(const queue_policy& policy) {
    for (const auto& one : queue_keys) {
        if (std::visit([&](auto member) { return (policy.*member).has_value(); }, one.member)) {
            return false;
        }
    }
    return true;
}

std::string settings_text(const queue_info& queue) {
    const auto time = [](milliseconds value) { return duration_text(value); };
    return "max_attempts=" + std::to_string(queue.max_attempts) +
           " retry_base=" + time(queue.retries.base) + " retry_max=" + time(queue.retries.max) +
           " strategy=" + queue.strategy + " settle=" + time(queue.settle) +
           " restart_grace=" + time(queue.restart_grace) + " help_delay=" + time(queue.help_delay) +
           " helpers_max=" + std::to_string(queue.helpers_max) +
           " claims=" + std::string{to_text(queue.claims)};
}

int set(const program_context& context, const set_wish& wish) {
    const auto on = connect(context);
    transaction_counters counters;
    change_queue(*on, counters, wish.queue, wish.policy);
    const auto queue = chosen_queue(*on, wish.queue);
    if (context.json) {
        print_json({{"queue", wish.queue}, {"changed", true}, {"settings", settings_json(queue)}});
    } else {
        std::cout << "changed queue " << wish.queue << ": " << settings_text(queue) << '\n';
    }
    return success_exit;
}

}  // namespace

nlohmann::ordered_json settings_json(const queue_info& queue) {
    return {{"max_attempts", queue.max_attempts},
            {"retry_base_ms", queue.retries.base.count()},
            {"retry_max_ms", queue.retries.max.count()},
            {"strategy", queue.strategy},
            {"settle_ms", queue.settle.count()},
            {"restart_grace_ms", queue.restart_grace.count()},
            {"help_delay_ms", queue.help_delay.count()},
            {"helpers_max", queue.helpers_max},
            {"claims", to_text(queue.claims)}};
}

void add_queue_set(CLI::App& queue, program_context& context) {
    auto* command = queue.add_subcommand("set", "Change a queue's settings");
    auto wish = std::make_shared<set_wish>();
    command->add_option("NAME", wish->queue, "Name of the queue")->required()->type_name("");
    command->add_option("SETTING", wish->settings, "key=value, any number of them")->type_name("");
    add_number_option(
        *command, "--max-attempts", {1, 1000},
        [wish](int limit) { wish->policy.max_attempts = limit; }, "As max_attempts=N");
    add_number_option(
        *command, "--retry-base", any_wait,
        [wish](int wait) { wish->policy.retry_base = milliseconds{wait}; },
        "As retry_base, in milliseconds");
    add_number_option(
        *command, "--retry-max", any_wait,
        [wish](int wait) { wish->policy.retry_max = milliseconds{wait}; },
        "As retry_max, in milliseconds");
    command->footer(
        "  max_attempts   1 to 1000; of items enqueued from now on\n"
        "  retry_base     1ms to 30d: longest wait before the second attempt; doubles with each\n"
        "  retry_max      the same: longest wait before any attempt\n"
        "  strategy       lexical, sticky or balanced; a new plan follows at once\n"
        "  settle         0s to 10s: quiet that is waited for before joins are planned for\n"
        "  restart_grace  0s to 1h that the parts of a named session wait for its restart\n"
        "  help_delay     0s to 1h that an item is ready in a busy session's part before idle\n"
        "                 sessions may take it\n"
        "  helpers_max    0 to 64 sessions that may help in a part at once; 0: nobody helps\n"
        "  claims         row: each claim is on its item. lease: nothing is written until the\n"
        "                 acknowledgement, for short tasks; not for keyed queues\n"
        "\n"
        "What is not given stays. Running workers follow help_delay, helpers_max and claims at\n"
        "once, and new waits of retries from their next start on.\n"
        "JSON: {queue, changed, settings{max_attempts, retry_base_ms, retry_max_ms, strategy,\n"
        "settle_ms, restart_grace_ms, help_delay_ms, helpers_max, claims}}\n\n"
        "Examples:\n  leasehold queue set mail max_attempts=10 retry_max=10min\n"
        "  leasehold queue set mail strategy=sticky restart_grace=30s");
    command->callback([&context, wish] {
        for (const auto& one : wish->settings) {
            read_setting(one, wish->policy);
        }
        if (is_empty(wish->policy)) {
            throw std::invalid_argument("nothing to change: give key=value, with one of the keys " +
                                        known_keys());
        }
        wish->policy = validated(wish->policy);
        context.chosen = [&context, wish] { return set(context, *wish); };
    });
}

}  // namespace leasehold
