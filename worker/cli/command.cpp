#include "worker/cli/command.hpp"

#include "base/utf8_text.hpp"
#include "parts/queue_store.hpp"
#include "sql/migrations.hpp"
#include "sql/transaction.hpp"
#include "worker/cli/secret_text.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace leasehold {

dsn database_of(const program_context& context) {
    if (has_unescaped_secret(context.dsn)) {
        throw std::invalid_argument(
            "the DSN cannot be read: its password holds a character that must be escaped; write "
            "%40 for @ and %2F for /");
    }
    return dsn{context.dsn};
}

std::unique_ptr<connection> connect(const program_context& context,
                                    const connect_options& options) {
    auto on = std::make_unique<connection>(database_of(context), options);
    on->open();
    require_schema(*on);
    return on;
}

connect_options reading_options() {
    connect_options options;
    options.statement_timeout = milliseconds{0};
    options.index_scans_only = false;
    return options;
}

queue_info chosen_queue(connection& on, const std::string& name) {
    if (const auto problem = queue_name_problem(name); !problem.empty()) {
        throw std::invalid_argument(problem);
    }
    return read_snapshot(on, [&](transaction& tx) { return require_queue(tx, name); });
}

CLI::Option* add_queue_argument(CLI::App& command, std::string& name) {
    return command.add_option("QUEUE", name, "Name of the queue")->required()->type_name("");
}

int whole_number(const std::string& text, const std::string& what, number_range range) {
    int value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || value < range.least ||
        value > range.most) {
        throw std::invalid_argument(
            what + " is " + quoted_excerpt(text) + "; it must be a whole number" + range.unit +
            " from " + std::to_string(range.least) + " to " + std::to_string(range.most));
    }
    return value;
}

CLI::Option* add_number_option(CLI::App& command, const std::string& names, number_range range,
                               std::function<void(int)> set, const std::string& description) {
    return command
        .add_option_function<std::string>(
            names, [=](const std::string& text) { set(whole_number(text, names, range)); },
            description)
        ->type_name("N");
}

std::string json_line(const nlohmann::ordered_json& value) {
    constexpr int compact = -1;
    constexpr bool as_utf8 = false;
    return value.dump(compact, ' ', as_utf8, nlohmann::json::error_handler_t::replace);
}

void print_json(const nlohmann::ordered_json& value) { std::cout << json_line(value) << std::endl; }

}  // namespace leasehold
