#include <leasehold/work_events.hpp>

#include "worker/log.hpp"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <mutex>
#include <system_error>
#include <utility>

namespace leasehold {

namespace {

using microseconds = std::chrono::microseconds;

/// Both clocks at one moment. The wall clock is for putting the files of several machines side by
/// side, and decides nothing in the worker.
std::string times() {
    const auto since_epoch = [](auto at) {
        return std::chrono::duration_cast<microseconds>(at.time_since_epoch()).count();
    };
    return fmt::format(R"("wall_us":{},"steady_us":{})",
                       since_epoch(std::chrono::system_clock::now()),
                       since_epoch(machine_clock().now()));
}

const char* word(session_over why) {
    switch (why) {
        case session_over::left: return "left";
        case session_over::gone: return "gone";
        case session_over::untrusted: return "untrusted";
    }
    return "";
}

const char* word(claim_end asked) {
    switch (asked) {
        case claim_end::completed: return "completed";
        case claim_end::returned: return "returned";
        case claim_end::buried: return "buried";
    }
    return "";
}

const char* word(ack_result answer) {
    switch (answer) {
        case ack_result::acknowledged: return "acknowledged";
        case ack_result::lost: return "lost";
        case ack_result::unknown: return "unknown";
    }
    return "";
}

const char* word(const outcome* wish) {
    struct {
        const char* operator()(const complete&) const { return "complete"; }
        const char* operator()(const retry&) const { return "retry"; }
        const char* operator()(const snooze&) const { return "snooze"; }
        const char* operator()(const bury&) const { return "bury"; }
        const char* operator()(const release&) const { return "release"; }
        const char* operator()(const cancel&) const { return "cancel"; }
    } words;
    return wish == nullptr ? "exception" : std::visit(words, *wish);
}

std::string named(const claim& one) {
    return fmt::format(R"("item":"{}","part":{},"token":{},"attempt":{},"session":"{}")",
                       to_text(one.held.id), one.held.part.value, one.fence.value, one.held.attempt,
                       to_text(one.session));
}

/// Does the file end in the middle of a line, because its writer was killed?
bool is_torn(int fd) {
    const auto size = ::lseek(fd, 0, SEEK_END);
    char last = '\n';
    return size > 0 && ::pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

}  // namespace

class history_file::lines {
public:
    lines(std::string path, const std::string& queue) : path_(std::move(path)) {
        constexpr int for_owner_and_readers = 0644;
        fd_ = ::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, for_owner_and_readers);
        if (fd_ < 0) {
            throw std::system_error(errno, std::generic_category(), "cannot open " + path_);
        }
        // A torn line is closed, so that the next one can be read; `opened` says that it was.
        const bool torn = is_torn(fd_);
        write((torn ? "\n" : "") + fmt::format(R"({{"event":"opened",{},"queue":"{}","pid":{}}})",
                                               times(), queue, ::getpid()));
        if (!failure_.empty()) {
            ::close(fd_);
            throw std::runtime_error(failure_);
        }
    }
    ~lines() { ::close(fd_); }
    lines(const lines&) = delete;
    lines& operator=(const lines&) = delete;

    void add(const char* event, const std::string& members) {
        write(fmt::format(R"({{"event":"{}",{},{}}})", event, times(), members));
    }

    std::string failure() const {
        const std::scoped_lock lock{mutex_};
        return failure_;
    }

private:
    /// The lock keeps the lines of one process in the order of their times.
    void write(std::string line) {
        line += '\n';
        const std::scoped_lock lock{mutex_};
        if (!failure_.empty()) {
            return;
        }
        ssize_t written = -1;
        do {
            written = ::write(fd_, line.data(), line.size());
        } while (written < 0 && errno == EINTR);
        if (written != static_cast<ssize_t>(line.size())) {
            failure_ = "the history " + path_ + " is not complete: " +
                       (written < 0 ? std::generic_category().message(errno) : "no space left");
            log().error("{}", failure_);
        }
    }

    std::string path_;
    int fd_{-1};
    mutable std::mutex mutex_;
    std::string failure_;
};

history_file::history_file(std::string path, const std::string& queue)
    : lines_(std::make_unique<lines>(std::move(path), queue)) {}
history_file::~history_file() = default;

void history_file::session_began(const session_id& id) {
    lines_->add("session_began", fmt::format(R"("session":"{}")", to_text(id)));
}

void history_file::session_ended(const session_id& id, session_over why) {
    lines_->add("session_ended",
                fmt::format(R"("session":"{}","why":"{}")", to_text(id), word(why)));
}

void history_file::parts_taken(const session_id& id, const std::vector<part_taken>& parts) {
    for (const auto& one : parts) {
        lines_->add("part_taken", fmt::format(R"("session":"{}","part":{},"epoch":{})", to_text(id),
                                              one.part.value, one.term.value));
    }
}

void history_file::part_let_go(const session_id& id, part_id part) {
    lines_->add("part_let_go", fmt::format(R"("session":"{}","part":{})", to_text(id), part.value));
}

void history_file::handler_started(const claim& one) {
    // Of a claim by the lease alone the database may never hear: the lease's term stands for it.
    lines_->add("started",
                one.by_lease ? named(one) + fmt::format(R"(,"epoch":{})", one.by_lease->term.value)
                             : named(one));
}

void history_file::handler_ended(const claim& one, const outcome* wish) {
    lines_->add("ended", fmt::format(R"({},"outcome":"{}")", named(one), word(wish)));
}

void history_file::claim_ended(const claim& one, claim_end asked, ack_result answer) {
    lines_->add("claim_ended", fmt::format(R"({},"asked":"{}","answer":"{}")", named(one),
                                           word(asked), word(answer)));
}

std::string history_file::failure() const { return lines_->failure(); }

}  // namespace leasehold
