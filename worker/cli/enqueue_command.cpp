// leasehold enqueue: puts items into a queue, from an argument or from lines, any number of them.

#include "base/utf8_text.hpp"
#include "worker/cli/command.hpp"
#include "worker/cli/enqueue_sender.hpp"
#include "worker/cli/enqueue_source.hpp"

#include <leasehold/options.hpp>

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <limits>
#include <stdexcept>
#include <system_error>

namespace leasehold {

namespace {

using namespace std::chrono_literals;

/// A batch is one transaction: large enough for bulk speed, small enough to be held in memory.
constexpr std::size_t batch_items_max = 2'000;
constexpr std::size_t batch_bytes_max = 1'048'576;
/// When the input pauses for this long, what has come so far is enqueued.
constexpr milliseconds input_patience = 200ms;

struct enqueue_wish {
    std::string queue{};
    std::optional<std::string> payload{};
    std::optional<std::string> lines{};
    std::optional<std::string> jsonl{};
    item_options item{};
    std::uint64_t from_line{1};
};

/// The input, opened; standard input for "-".
class input_file {
public:
    explicit input_file(const std::string& path) : is_own_(path != "-") {
        if (is_own_) {
            fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
            if (fd_ < 0) {
                throw std::runtime_error("cannot read " + quoted_excerpt(path) + ": " +
                                         std::generic_category().message(errno));
            }
        }
    }
    ~input_file() {
        if (is_own_) {
            ::close(fd_);
        }
    }
    input_file(const input_file&) = delete;
    input_file& operator=(const input_file&) = delete;

    int fd() const noexcept { return fd_; }

private:
    bool is_own_;
    int fd_{STDIN_FILENO};
};

/// How far the work is, for whoever watches it on a terminal.
class progress_line {
public:
    void show(std::uint64_t items, std::uint64_t line) {
        constexpr milliseconds pace = 200ms;
        const auto now = machine_clock().now();
        if (!on_terminal_ || now < shown_at_ + pace) {
            return;
        }
        shown_at_ = now;
        std::cerr << "\renqueued " << items << ", at line " << line << "\x1b[K" << std::flush;
        shown_ = true;
    }
    ~progress_line() {
        if (shown_) {
            std::cerr << "\r\x1b[K" << std::flush;
        }
    }

private:
    bool on_terminal_{::isatty(STDERR_FILENO) == 1};
    bool shown_{false};
    steady_time shown_at_{machine_clock().now()};
};

/// Collects items into batches and counts what is enqueued.
class enqueue_run {
public:
    enqueue_run(enqueue_sender& sender, std::uint64_t first_line)
        : sender_(sender), goes_on_at_(first_line), first_line_(first_line) {}

    void add(numbered_item one) {
        bytes_ += one.item.payload.size();
        items_.push_back(std::move(one.item));
        lines_.push_back(one.line);
    }
    bool is_full() const { return items_.size() >= batch_items_max || bytes_ >= batch_bytes_max; }
    bool is_empty() const { return items_.empty(); }
    std::uint64_t enqueued() const { return enqueued_; }
    std::uint64_t pending() const { return pending_; }

    /// @throws bad_line when the server refuses one of the items
    void flush() {
        if (items_.empty()) {
            return;
        }
        try {
            for (const auto& one : sender_.send(items_)) {
                ++(one.is_new ? enqueued_ : pending_);
            }
        } catch (const bad_item& error) {
            throw bad_line(lines_[error.place()], error.what());
        }
        goes_on_at_ = lines_.back() + 1;
        items_.clear();
        lines_.clear();
        bytes_ = 0;
    }

    /// What a user needs to know to go on after a failure.
    std::string standing() const {
        if (goes_on_at_ == first_line_) {
            return "nothing is enqueued";
        }
        return std::to_string(enqueued_) + " items are enqueued, nothing from line " +
               std::to_string(goes_on_at_) + " on";
    }
    std::string remedy() const {
        return goes_on_at_ == first_line_ ? "run the command again"
                                          : "go on with --from-line " + std::to_string(goes_on_at_);
    }
    std::string in_doubt() const {
        return "it is not known whether the items of lines " + std::to_string(lines_.front()) +
               " to " + std::to_string(lines_.back()) +
               " are enqueued; look, then go on with "
               "--from-line " +
               std::to_string(lines_.front()) + " or " + std::to_string(lines_.back() + 1);
    }

private:
    enqueue_sender& sender_;
    std::vector<new_item> items_{};
    std::vector<std::uint64_t> lines_{};
    std::size_t bytes_{0};
    std::uint64_t enqueued_{0};
    std::uint64_t pending_{0};  ///< had a dedupe key that a pending item had
    std::uint64_t goes_on_at_;
    std::uint64_t first_line_;
};

void copy_all(enqueue_source& source, enqueue_run& run) {
    progress_line progress;
    while (auto one = source.next()) {
        run.add(std::move(*one));
        if (run.is_full() || !source.has_more_within(input_patience)) {
            run.flush();
            progress.show(run.enqueued(), source.line());
        }
    }
    run.flush();
}

struct line_counts {
    std::uint64_t enqueued{0};
    std::uint64_t pending{0};
};

line_counts enqueue_lines(enqueue_sender& sender, const enqueue_wish& wish) {
    const auto form = wish.lines ? line_form::text : line_form::json;
    const auto common = wish.lines ? item_from("null", wish.item) : new_item{};
    const auto& path = wish.lines ? *wish.lines : *wish.jsonl;
    const input_file input{path};
    enqueue_source source{input.fd(), form, common, wish.from_line};
    enqueue_run run{sender, wish.from_line};
    try {
        copy_all(source, run);
    } catch (const bad_line& error) {
        throw std::runtime_error(std::string{error.what()} + "; " + run.standing() +
                                 ": mend the line and " + run.remedy());
    } catch (const sql_failure& failure) {
        const auto rest = failure.kind() == sql_failure_kind::in_doubt
                              ? run.in_doubt()
                              : run.standing() + ": " + run.remedy();
        throw std::runtime_error(std::string{failure.what()} + "; " + rest);
    } catch (const std::system_error& error) {
        throw std::runtime_error("cannot read " + quoted_excerpt(path) + ": " + error.what() +
                                 "; " + run.standing() + ": " + run.remedy());
    }
    return {run.enqueued(), run.pending()};
}

int enqueue_one(const program_context& context, enqueue_sender& sender, const new_item& one) {
    enqueued answer;
    try {
        answer = sender.send({&one, 1}).front();
    } catch (const bad_item& error) {
        throw std::runtime_error(std::string{error.what()} + "; nothing is enqueued");
    } catch (const sql_failure& failure) {
        const std::string standing =
            failure.kind() == sql_failure_kind::in_doubt
                ? "it is not known whether the item is enqueued; look for it"
                : "nothing is enqueued";
        const auto which = one.id ? ", id " + to_text(*one.id) : std::string{};
        throw std::runtime_error(std::string{failure.what()} + "; " + standing + which);
    }
    const auto id = to_text(answer.id);
    if (context.json) {
        print_json(
            {{"enqueued", answer.is_new ? 1 : 0}, {"pending", answer.is_new ? 0 : 1}, {"id", id}});
    } else {
        std::cout << (answer.is_new ? "enqueued 1, id " : "enqueued 0, already pending: id ") << id
                  << '\n';
    }
    return success_exit;
}

int enqueue(const program_context& context, const enqueue_wish& wish) {
    std::optional<new_item> one;
    if (wish.payload) {
        one = item_from(*wish.payload, wish.item);
    }
    const auto on = connect(context);
    enqueue_sender sender{*on, chosen_queue(*on, wish.queue)};
    if (one) {
        return enqueue_one(context, sender, *one);
    }
    const auto lines = enqueue_lines(sender, wish);
    if (context.json) {
        print_json({{"enqueued", lines.enqueued}, {"pending", lines.pending}});
    } else {
        std::cout << "enqueued " << lines.enqueued;
        if (lines.pending > 0) {
            std::cout << ", already pending " << lines.pending;
        }
        std::cout << '\n';
    }
    return success_exit;
}

/// @throws std::invalid_argument for options that do not go together
void check(const enqueue_wish& wish) {
    const int sources = (wish.payload ? 1 : 0) + (wish.lines ? 1 : 0) + (wish.jsonl ? 1 : 0);
    const auto& item = wish.item;
    if (sources != 1) {
        throw std::invalid_argument("give exactly one of --payload, --lines and --jsonl");
    }
    if (wish.jsonl &&
        (item.id || item.run_at || item.key || item.dedupe || item.priority || item.max_attempts)) {
        throw std::invalid_argument(
            "--id, --run-at, --key, --dedupe, --priority and --max-attempts do not go with "
            "--jsonl: write them into its objects");
    }
    if (wish.lines && (item.id || item.dedupe)) {
        throw std::invalid_argument(std::string{item.id ? "--id" : "--dedupe"} +
                                    " goes with --payload only: it is of one item");
    }
    if (wish.payload && wish.from_line != 1) {
        throw std::invalid_argument("--from-line goes with --lines and --jsonl only");
    }
}

void add_item_options(CLI::App& command, const std::shared_ptr<enqueue_wish>& wish) {
    command.add_option("--id", wish->item.id, "Id of the item; random unless told")
        ->type_name("UUID");
    command
        .add_option("--run-at", wish->item.run_at,
                    "Not before: 2026-11-21T10:00:00Z, or with +02:00 and the like")
        ->type_name("TIME");
    command
        .add_option("--key", wish->item.key,
                    "Of a keyed queue: items of one key run in order, never two at a time")
        ->type_name("TEXT");
    command
        .add_option("--dedupe", wish->item.dedupe,
                    "Nothing is enqueued while an item with this dedupe key is pending")
        ->type_name("TEXT");
    add_number_option(
        command, "--priority", {std::numeric_limits<int>::min(), std::numeric_limits<int>::max()},
        [wish](int priority) { wish->item.priority = priority; },
        "Smaller runs first; 0 unless told");
    add_number_option(
        command, "--max-attempts", {1, 1000},
        [wish](int limit) { wish->item.max_attempts = limit; },
        "Attempts before the item is given up; the queue's own limit unless told");
}

}  // namespace

void add_enqueue_command(CLI::App& app, program_context& context) {
    auto* command = app.add_subcommand("enqueue", "Put items into a queue");
    auto wish = std::make_shared<enqueue_wish>();
    add_queue_argument(*command, wish->queue);
    command->add_option("--payload", wish->payload, "One item with this payload")
        ->type_name("JSON");
    command
        ->add_option("--lines", wish->lines,
                     "Each line of the file (-: standard input) becomes {\"line\": ...}, empty "
                     "lines too")
        ->type_name("FILE");
    command
        ->add_option("--jsonl", wish->jsonl,
                     "Each line is an object: payload, and if wanted id, run_at, key, dedupe, "
                     "priority, max_attempts; empty lines are skipped")
        ->type_name("FILE");
    add_item_options(*command, wish);
    add_number_option(
        *command, "--from-line", {1, std::numeric_limits<int>::max()},
        [wish](int line) { wish->from_line = static_cast<std::uint64_t>(line); },
        "Pass over the lines before this one");
    command->footer(
        "Any size of input, in bounded memory. Lines are enqueued in batches, each whole or not\n"
        "at all; a bad line stops the program, which says where to go on.\n"
        "A deduplicated item answers the id of the pending one.\n"
        "JSON: {enqueued, pending}, with --payload {enqueued, pending, id}\n\n"
        "Examples:\n"
        "  leasehold enqueue mail --payload '{\"to\": \"ann@example.org\"}' --priority 5\n"
        "  leasehold enqueue sync --payload '{}' --dedupe customer-17\n"
        "  find /srv -type f | leasehold enqueue files --lines -\n"
        "  leasehold enqueue mail --jsonl items.jsonl");
    command->callback([&context, wish] {
        check(*wish);
        context.chosen = [&context, wish] { return enqueue(context, *wish); };
    });
}

}  // namespace leasehold
