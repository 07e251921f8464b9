#include "worker/cli/line_reader.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace leasehold {
namespace {

constexpr std::size_t block_bytes = 65'536;

/// Waits until a descriptor that someone has set to O_NONBLOCK has something to read.
void wait_readable(int fd) {
    pollfd waited{.fd = fd, .events = POLLIN, .revents = 0};
    ::poll(&waited, 1, -1);  // whatever it answers, the read that follows finds out
}

}  // namespace

line_reader::line_reader(int fd, std::size_t line_max) : fd_{fd}, line_max_{line_max} {}

std::optional<std::string_view> line_reader::next() {
    while (true) {
        const std::size_t end = buffer_.find('\n', scanned_);
        const bool found = end != std::string::npos;
        const std::size_t length = (found ? end : buffer_.size()) - begin_;
        if (length > line_max_) {
            throw std::runtime_error{"line " + std::to_string(number_ + 1) + " is longer than " +
                                     std::to_string(line_max_) + " bytes"};
        }
        if (found || (ended_ && length > 0)) {
            const std::string_view line{buffer_.data() + begin_, length};
            begin_ += length + (found ? 1 : 0);
            scanned_ = begin_;
            ++number_;
            return line;
        }
        if (ended_) {
            return std::nullopt;
        }
        scanned_ = buffer_.size();
        read_block();
    }
}

void line_reader::read_block() {
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
    const std::size_t kept = buffer_.size();
    buffer_.resize(kept + block_bytes);
    ssize_t got = -1;
    do {
        got = ::read(fd_, buffer_.data() + kept, block_bytes);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            wait_readable(fd_);
            errno = EINTR;
        }
    } while (got < 0 && errno == EINTR);
    const int error = errno;
    buffer_.resize(kept + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got < 0) {
        throw std::system_error{error, std::generic_category(),
                                "cannot read line " + std::to_string(number_ + 1)};
    }
    bytes_read_ += static_cast<std::uint64_t>(got);
    ended_ = got == 0;
}

}  // namespace leasehold
