#include "worker/cli/program_handler.hpp"

#include "base/text.hpp"
#include "base/utf8_text.hpp"
#include "sql/transaction.hpp"
#include "worker/child_process.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace leasehold {

namespace {

/// EX_DATAERR of sysexits.h. EX_TEMPFAIL, 75, needs no word here: a retry is the rule.
constexpr int exit_bury = 65;

/// For statements of the user's own, which are in whatever words his server understands.
transaction in_users_words(pqxx::transaction_base& tx) { return {tx, common_words}; }

params values_for(const bound_sql& statement, const claim& held, const std::string& output) {
    params values;
    for (const auto parameter : statement.parameters) {
        switch (parameter) {
            case sql_parameter::id: values.emplace_back(to_text(held.held.id)); break;
            case sql_parameter::payload: values.emplace_back(held.held.payload); break;
            case sql_parameter::stdout_text: values.emplace_back(output); break;
            case sql_parameter::attempt:
                values.emplace_back(std::to_string(held.held.attempt));
                break;
            case sql_parameter::claim_token:
                values.emplace_back(std::to_string(held.fence.value));
                break;
        }
    }
    return values;
}

child_request request_for(const std::string& queue, const program_spec& spec, const claim& held) {
    const payload_fields fields{held.held.payload};
    child_request request;
    request.input = held.held.payload;
    request.kill_after = spec.kill_after;
    request.stdout_use =
        spec.record ? child_request::output_use::keep : child_request::output_use::drop;
    for (const auto& argument : spec.argv) {
        request.argv.push_back(argument.expanded(fields));
    }
    request.environment = {{"LEASEHOLD_QUEUE", queue},
                           {"LEASEHOLD_ID", to_text(held.held.id)},
                           {"LEASEHOLD_TOKEN", std::to_string(held.fence.value)},
                           {"LEASEHOLD_ATTEMPT", std::to_string(held.held.attempt)},
                           {"LEASEHOLD_PART", std::to_string(held.held.part.value)}};
    return request;
}

/// How a run ended, and the end of what it complained about.
std::string described(const child_result& result) {
    if (!result.problem.empty()) {
        return result.problem;
    }
    std::string text = result.how == child_result::ending::signalled ? "ended by signal " : "exit ";
    text += std::to_string(result.status);
    const auto complaint = one_line(result.error_tail);
    return complaint.empty() ? text : text + ": " + complaint;
}

outcome wish_of(const child_result& result) {
    const bool exited = result.how == child_result::ending::exited;
    if (exited && result.status == 0) {
        return complete{};
    }
    if (result.stopped) {
        return release{};
    }
    if (exited && result.status == exit_bury) {
        return bury{.error = described(result)};
    }
    return retry{.error = described(result)};
}

bool is_text(std::string_view output) {
    while (!output.empty()) {
        const auto character = first_character(output);
        if (!character || character->code == 0) {
            return false;
        }
        output.remove_prefix(character->bytes);
    }
    return true;
}

recorded_outcome run_program(const std::string& queue, const program_spec& spec, const claim& held,
                             const std::stop_token& stop) {
    child_request request;
    try {
        request = request_for(queue, spec, held);
    } catch (const std::invalid_argument& error) {
        return {.wish = bury{.error = error.what()}};
    }
    const auto result = run_child(request, stop);
    auto wish = wish_of(result);
    if (!std::holds_alternative<complete>(wish) || !spec.record) {
        return {.wish = std::move(wish)};
    }
    if (!is_text(result.output)) {
        return {.wish = retry{.error = "the program's output is not UTF-8 text, so --record cannot "
                                       "store it"}};
    }
    return {.wish = complete{},
            .record = [&spec, held, output = result.output](pqxx::transaction_base& tx) {
                in_users_words(tx).execute(spec.record->text,
                                           values_for(*spec.record, held, output));
            }};
}

bool is_executable_file(const std::string& path) {
    struct stat about {};
    return stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode) &&
           access(path.c_str(), X_OK) == 0;
}

}  // namespace

handler program_handler(const std::string& queue, program_spec spec) {
    // Shared: a handler is copied, its programs and statements are not.
    return recording_handler{[queue, shared = std::make_shared<const program_spec>(std::move(
                                         spec))](const claim& held, const std::stop_token& stop) {
        return run_program(queue, *shared, held, stop);
    }};
}

handler sql_handler(bound_sql statement) {
    return transactional_handler{
        [shared = std::make_shared<const bound_sql>(std::move(statement))](
            pqxx::transaction_base& tx, const claim& held, const std::stop_token&) -> outcome {
            in_users_words(tx).execute(shared->text, values_for(*shared, held, {}));
            return complete{};
        }};
}

handler noop_handler() {
    return external_handler{
        [](const claim&, const std::stop_token&) -> outcome { return complete{}; }};
}

bool is_program(const std::string& name) {
    if (name.find('/') != std::string::npos) {
        return is_executable_file(name);
    }
    const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): before any thread
    std::string_view folders = path != nullptr ? path : "/usr/bin:/bin";
    while (true) {
        const auto end = folders.find(':');
        const std::string folder{folders.substr(0, end)};
        if (is_executable_file((folder.empty() ? "." : folder) + "/" + name)) {
            return true;
        }
        if (end == std::string_view::npos) {
            return false;
        }
        folders.remove_prefix(end + 1);
    }
}

}  // namespace leasehold
