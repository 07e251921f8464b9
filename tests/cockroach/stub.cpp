#include "tests/cockroach/stub.hpp"

#include "tests/cockroach/line.hpp"
#include "tests/cockroach/session.hpp"
#include "tests/support/database.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <exception>
#include <iostream>
#include <list>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace leasehold::test {

namespace {

/// Bytes kept for one side while it does not read, before the other side is read no more.
constexpr std::size_t kept_max = 4'194'304;

place server_of(const std::string& dsn) {
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options{
        PQconninfoParse(dsn.c_str(), nullptr), &PQconninfoFree};
    if (options == nullptr) {
        throw std::runtime_error("the server's connection string cannot be read");
    }
    place where{.port = "5432"};
    for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
        const std::string_view name = option->keyword;
        if (option->val != nullptr && name == "host") {
            where.host = option->val;
        } else if (option->val != nullptr && name == "port") {
            where.port = option->val;
        }
    }
    return where;
}

/// Passes bytes between a client, its session and the server until one of them ends.
class conversation {
public:
    conversation(int client, int server, cockroach_session& session)
        : client_(client), server_(server), session_(session) {}

    /// @param stop  becomes readable when all is to end at once
    void run(int stop) {
        while (!session_.cut()) {
            std::array<pollfd, 3> waits{
                pollfd{client_ended_ ? -1 : client_.socket(), wants_client(), 0},
                pollfd{server_.socket(), wants_server(), 0}, pollfd{stop, POLLIN, 0}};
            if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) {
                return;
            }
            if (waits[2].revents != 0 || !step(waits[0].revents, waits[1].revents)) {
                return;
            }
        }
    }

private:
    short wants_client() const {
        const bool full = session_.to_server.size() >= kept_max ||
                          (session_.waits() && session_.kept_back() >= kept_max);
        return static_cast<short>((full ? 0 : POLLIN) | (session_.to_client.empty() ? 0 : POLLOUT));
    }
    short wants_server() const {
        const bool full = session_.to_client.size() >= kept_max;
        return static_cast<short>((full ? 0 : POLLIN) | (session_.to_server.empty() ? 0 : POLLOUT));
    }

    /// @return whether to go on
    bool step(short client, short server) {
        constexpr short comes = POLLIN | POLLHUP | POLLERR;
        if ((client & comes) != 0) {
            read_client();
        }
        bool server_ended = false;
        if ((server & comes) != 0) {
            bytes_.clear();
            server_ended = server_.receive(bytes_) == line::state::ended;
            session_.from_server(bytes_);
        }
        if (session_.cut()) {
            return false;
        }
        if (client_ended_) {
            session_.to_client.clear();
        } else if (client_.send(session_.to_client) == line::state::ended) {
            end_client();
        }
        if (server_ended || server_.send(session_.to_server) == line::state::ended) {
            flush_client();
            return false;
        }
        const bool all_sent =
            session_.to_server.empty() && (!session_.waits() || session_.kept_back() == 0);
        if (client_ended_ && all_sent && !told_server_) {
            // Behind what was asked of it before, as from the client itself.
            told_server_ = true;
            server_.end_sending();
        }
        return true;
    }

    void read_client() {
        bytes_.clear();
        const bool ended = client_.receive(bytes_) == line::state::ended;
        session_.from_client(bytes_);
        if (ended) {
            end_client();
        }
    }
    void end_client() { client_ended_ = true; }

    /// The server's last words, as far as the client takes them.
    void flush_client() {
        while (!client_ended_ && !session_.to_client.empty()) {
            pollfd wait{.fd = client_.socket(), .events = POLLOUT, .revents = 0};
            constexpr int patience_ms = 5000;
            if (::poll(&wait, 1, patience_ms) <= 0 ||
                client_.send(session_.to_client) == line::state::ended) {
                return;
            }
        }
    }

    line client_;
    line server_;
    cockroach_session& session_;
    std::string bytes_{};
    bool client_ended_{false};
    bool told_server_{false};
};

}  // namespace

struct cockroach_stub::inside {
    inside(const std::string& dsn, const stub_options& chosen)
        : server(server_of(dsn)), options(chosen) {
        const auto port = std::to_string(port_of(listening));
        own_dsn = dsn_with(dsn_with(dsn, "host", "127.0.0.1"), "port", port);
        acceptor = std::thread{[this] { accept(); }};
    }
    ~inside() {
        ::eventfd_write(stop, 1);
        ::shutdown(listening, SHUT_RDWR);
        acceptor.join();
        for (auto& each : talks) {
            each.thread.join();
        }
        ::close(listening);
        ::close(stop);
    }
    inside(const inside&) = delete;
    inside& operator=(const inside&) = delete;

    struct talk {
        std::atomic<bool> over{false};
        std::thread thread{};
    };

    void accept() {
        for (int client = 0; (client = accepted_socket(listening)) >= 0;) {
            talks.remove_if([](talk& each) {
                if (each.over) {
                    each.thread.join();
                    return true;
                }
                return false;
            });
            const auto seed = options.seed + static_cast<std::uint64_t>(++connections);
            auto& one = talks.emplace_back();
            one.thread = std::thread{[this, client, seed, &one] {
                serve(client, seed);
                one.over = true;
            }};
        }
    }

    void serve(int client, std::uint64_t seed) {
        int beneath = -1;
        try {
            beneath = connected_socket(server);
        } catch (const std::exception& error) {
            // The client sees that its connection ends, as with a server that is not there.
            std::cerr << "cockroach_stub: " << error.what() << '\n';
            ::close(client);
            return;
        }
        cockroach_session session{options.look, chance, seed};
        conversation{client, beneath, session}.run(stop);
    }

    const place server;
    const stub_options options;
    fault_source chance{};
    const int listening{listening_socket()};
    const int stop{::eventfd(0, EFD_CLOEXEC)};
    std::string own_dsn{};
    std::atomic<int> connections{0};
    std::list<talk> talks{};  ///< of the acceptor's thread, until it has ended
    std::thread acceptor{};
};

cockroach_stub::cockroach_stub(const std::string& server, const stub_options& options)
    : inside_(std::make_unique<inside>(server, options)) {}

cockroach_stub::~cockroach_stub() = default;

const std::string& cockroach_stub::dsn() const noexcept { return inside_->own_dsn; }
fault_source& cockroach_stub::faults() noexcept { return inside_->chance; }
int cockroach_stub::connections() const noexcept { return inside_->connections; }

}  // namespace leasehold::test
