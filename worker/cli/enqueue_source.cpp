#include "worker/cli/enqueue_source.hpp"

#include "base/text.hpp"
#include "base/utf8_text.hpp"
#include "items/enqueue_store.hpp"
#include "worker/cli/json_text.hpp"
#include "worker/cli/payload_text.hpp"

#include <leasehold/options.hpp>

#include <poll.h>

#include <system_error>
#include <utility>

namespace leasehold {

namespace {

/// Room on a JSON line for what is not the payload.
constexpr std::size_t members_bytes_max = 65'536;

std::size_t line_bytes_max(line_form form) {
    return form == line_form::text ? payload_bytes_max : payload_bytes_max + members_bytes_max;
}

new_item item_of(item_line read) {
    new_item one{.payload = std::move(read.payload)};
    if (read.id) {
        one.id = item_id{*uuid_from(*read.id)};
    }
    one.key = std::move(read.key);
    one.dedupe = std::move(read.dedupe);
    one.priority = read.priority.value_or(0);
    one.run_at = std::move(read.run_at);
    one.max_attempts = read.max_attempts;
    return one;
}

/// @throws std::invalid_argument
new_item checked(new_item one) {
    if (const auto problem = new_item_problem(one); !problem.empty()) {
        throw std::invalid_argument(problem);
    }
    return one;
}

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

enqueue_source::enqueue_source(int fd, line_form form, new_item common, std::uint64_t first_line)
    : fd_(fd),
      form_(form),
      common_(std::move(common)),
      first_line_(first_line),
      reader_(fd, line_bytes_max(form)) {}

std::optional<std::string_view> enqueue_source::next_line() {
    try {
        auto line = reader_.next();
        bytes_given_ += line ? line->size() + 1 : 0;
        return line;
    } catch (const std::system_error&) {
        throw;
    } catch (const std::runtime_error&) {
        throw bad_line(reader_.number() + 1,
                       "longer than " + std::to_string(line_bytes_max(form_)) +
                           " bytes: keep large data elsewhere and enqueue a reference to it");
    }
}

std::optional<numbered_item> enqueue_source::next() {
    while (const auto line = next_line()) {
        const bool skipped = form_ == line_form::json && is_blank(*line);
        if (skipped || reader_.number() < first_line_) {
            continue;
        }
        try {
            numbered_item one{.line = reader_.number(), .item = common_};
            if (form_ == line_form::text) {
                one.item.payload = line_payload(*line);
            } else {
                one.item = item_of(parse_item_line(*line, payload_bytes_max));
            }
            one.item = checked(std::move(one.item));
            return one;
        } catch (const std::invalid_argument& error) {
            throw bad_line(reader_.number(), error.what());
        }
    }
    return std::nullopt;
}

bool enqueue_source::has_more_within(milliseconds patience) const {
    if (bytes_given_ < reader_.bytes_read()) {
        return true;  // in the reader's memory
    }
    pollfd waited{.fd = fd_, .events = POLLIN, .revents = 0};
    return ::poll(&waited, 1, static_cast<int>(patience.count())) != 0;
}

new_item item_from(const std::string& payload, const item_options& options) {
    if (const auto problem = payload_problem(payload, payload_bytes_max)) {
        throw std::invalid_argument("--" + *problem);
    }
    std::string line = "{\"payload\": null";
    const auto add = [&line](const char* member, const std::optional<std::string>& text) {
        if (text && storable(*text, text->size()) != *text) {
            throw std::invalid_argument("--" + std::string{member} + " " + quoted_excerpt(*text) +
                                        " is not UTF-8");
        }
        line += text ? ", \"" + std::string{member} + "\": " + json_encoded(*text) : "";
    };
    add("id", options.id);
    add("run_at", options.run_at);
    add("key", options.key);
    add("dedupe", options.dedupe);
    new_item one;
    try {
        one = item_of(parse_item_line(line + "}", payload_bytes_max));
    } catch (const std::invalid_argument& error) {
        std::string message = error.what();
        if (message.rfind("run_at", 0) == 0) {
            message.replace(0, 6, "run-at");
        }
        throw std::invalid_argument("--" + message);
    }
    one.payload = payload;
    one.priority = options.priority.value_or(0);
    one.max_attempts = options.max_attempts;
    return checked(std::move(one));
}

}  // namespace leasehold
