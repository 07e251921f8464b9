#include "tests/cockroach/line.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace leasehold::test {

namespace {

constexpr std::size_t block = 65'536;
/// What was sent stays in front of a long text until that much of it was.
constexpr std::size_t sent_kept_max = 1'048'576;

[[noreturn]] void fail(const char* what) {
    throw std::runtime_error(std::string{what} + ": " +
                             std::error_code{errno, std::system_category()}.message());
}

void make_ready(int socket) {
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
    const int yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);  // nothing on a Unix socket
}

int connected_to(int family, const sockaddr* address, socklen_t size) {
    const int made = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0) {
        fail("socket");
    }
    if (::connect(made, address, size) != 0) {
        const int why = errno;
        ::close(made);
        errno = why;
        fail("connect");
    }
    make_ready(made);
    return made;
}

}  // namespace

line::~line() { ::close(socket_); }

line::state line::receive(std::string& into) {
    std::array<char, block> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    const auto got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (got > 0) {
        into.append(bytes.data(), static_cast<std::size_t>(got));
        return state::open;
    }
    const bool later = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    return later ? state::open : state::ended;
}

line::state line::send(std::string& from) {
    while (sent_ < from.size()) {
        const auto put = ::send(socket_, from.data() + sent_, from.size() - sent_, MSG_NOSIGNAL);
        if (put < 0) {
            const bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
            if (later && sent_ > sent_kept_max) {
                from.erase(0, std::exchange(sent_, 0));
            }
            return later ? state::open : state::ended;
        }
        sent_ += static_cast<std::size_t>(put);
    }
    from.clear();
    sent_ = 0;
    return state::open;
}

void line::end_sending() noexcept { ::shutdown(socket_, SHUT_WR); }

int connected_socket(const place& where) {
    if (where.host.empty() || where.host.front() == '/') {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const auto folder = where.host.empty() ? std::string{"/var/run/postgresql"} : where.host;
        const auto path = folder + "/.s.PGSQL." + where.port;
        if (path.size() >= sizeof address.sun_path) {
            throw std::runtime_error("the path of the server's socket is too long: " + path);
        }
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        return connected_to(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(where.host.c_str(), where.port.c_str(), &wanted, &found) != 0) {
        throw std::runtime_error("no such host: " + where.host);
    }
    sockaddr_storage address{};
    std::memcpy(&address, found->ai_addr, found->ai_addrlen);
    const auto family = found->ai_family;
    const auto size = found->ai_addrlen;
    ::freeaddrinfo(found);
    return connected_to(family, reinterpret_cast<const sockaddr*>(&address), size);
}

int listening_socket() {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (made < 0 ||
        ::bind(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(made, SOMAXCONN) != 0) {
        fail("listen");
    }
    return made;
}

int port_of(int socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        fail("getsockname");
    }
    return ntohs(address.sin_port);
}

int accepted_socket(int listening) {
    while (true) {
        const int made = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
        if (made >= 0) {
            make_ready(made);
            return made;
        }
        if (errno != EINTR && errno != ECONNABORTED) {
            return -1;
        }
    }
}

}  // namespace leasehold::test
