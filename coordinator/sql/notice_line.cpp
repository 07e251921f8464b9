#include "sql/notice_line.hpp"

#include "sql/link.hpp"
#include "sql/sql_failure.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <system_error>
#include <utility>

namespace leasehold {

class notice_line::ear final : public pqxx::notification_receiver {
public:
    using notification_receiver::notification_receiver;
    void operator()(const std::string& payload, int) override { heard.push_back(payload); }
    std::vector<std::string> heard{};
};

notice_line::notice_line(dsn where, std::string channel, connect_options options)
    : on_(std::move(where), std::move(options)),
      channel_(std::move(channel)),
      interrupted_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (interrupted_ < 0) {
        throw std::system_error(errno, std::generic_category(), "eventfd");
    }
}

notice_line::~notice_line() {
    close();
    ::close(interrupted_);
}

void notice_line::open() {
    close();
    on_.open();
    try {
        auto& link = on_.opened();
        link.watched([&] { ear_ = std::make_unique<ear>(link.session, channel_); });
    } catch (const std::exception& error) {
        const auto failure = classified(error, sql_stage::body);
        close();
        throw failure;
    }
}

void notice_line::close() noexcept {
    ear_.reset();
    on_.close();
}

std::vector<std::string> notice_line::heard() {
    try {
        auto& session = on_.opened().session;
        session.get_notifs();
        if (!session.is_open()) {
            throw pqxx::broken_connection{"the connection that listens was lost"};
        }
    } catch (const std::exception& error) {
        const auto failure = classified(error, sql_stage::body);
        close();
        throw failure;
    }
    return std::exchange(ear_->heard, {});
}

std::vector<std::string> notice_line::wait(milliseconds patience) {
    if (ear_ != nullptr) {
        if (auto already = heard(); !already.empty()) {
            return already;
        }
    }
    std::array<pollfd, 2> ready{{{.fd = interrupted_, .events = POLLIN, .revents = 0},
                                 // A negative descriptor is passed over.
                                 {.fd = ear_ != nullptr ? on_.opened().session.sock() : -1,
                                  .events = POLLIN,
                                  .revents = 0}}};
    const auto longest = milliseconds{std::numeric_limits<int>::max()};
    ::poll(ready.data(), ready.size(),
           static_cast<int>(std::clamp(patience, milliseconds{0}, longest).count()));
    if (ready[0].revents != 0) {
        std::uint64_t times = 0;
        static_cast<void>(::read(interrupted_, &times, sizeof times));
    }
    return ready[1].revents != 0 ? heard() : std::vector<std::string>{};
}

void notice_line::interrupt() const noexcept {
    const std::uint64_t once = 1;
    static_cast<void>(::write(interrupted_, &once, sizeof once));
}

}  // namespace leasehold
