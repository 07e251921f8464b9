#pragma once

#include <cstddef>
#include <string>

namespace leasehold::test {

/// A socket that never waits: what cannot be sent at once is kept by the caller.
class line {
public:
    explicit line(int socket) noexcept : socket_(socket) {}
    ~line();
    line(const line&) = delete;
    line& operator=(const line&) = delete;

    int socket() const noexcept { return socket_; }

    enum class state { open, ended };
    /// Puts what has come, as far as it is there now, behind `into`.
    state receive(std::string& into);
    /// Takes off what could be sent.
    state send(std::string& from);
    /// Says that nothing more will be sent.
    void end_sending() noexcept;

private:
    int socket_;
    std::size_t sent_{0};  ///< of the bytes in front of what send() was given
};

/// Where a server listens: a folder with a Unix socket, or a host.
struct place {
    std::string host{};
    std::string port{};
};

/// @throws std::runtime_error
int connected_socket(const place& where);
/// A socket that listens on a port of 127.0.0.1 which nobody else has.
/// @throws std::runtime_error
int listening_socket();
int port_of(int socket);
/// The next connection; -1 when there will be no more.
int accepted_socket(int listening);

}  // namespace leasehold::test
