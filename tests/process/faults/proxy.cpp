#include "tests/process/faults/proxy.hpp"

#include "tests/process/faults/wire.hpp"
#include "tests/support/database.hpp"

#include <utility>  // before Asio: Boost 1.74 uses std::exchange without it

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <functional>
#include <future>
#include <set>
#include <thread>
#include <vector>

namespace leasehold::test {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using local = asio::local::stream_protocol;
using std::chrono::milliseconds;
using error_code = boost::system::error_code;

constexpr milliseconds stall_look{5};      ///< how often a stalled connection asks again
constexpr milliseconds commit_delay{250};  ///< of `commit_cut::late`

/// A client, and the server's side of it.
struct pair_of_sockets {
    explicit pair_of_sockets(asio::io_context& io)
        : client(io), server(io), request_timer(io), answer_timer(io) {}

    tcp::socket client;
    local::socket server;
    asio::steady_timer request_timer;
    asio::steady_timer answer_timer;
    request_reader reader{};
    std::array<char, 65'536> request_block{};
    std::array<char, 65'536> answer_block{};
    std::string to_server{};
    std::string to_client{};
    bool client_is_cut{false};  ///< by a cut COMMIT; the server's side waits for its answer
    int* answered{nullptr};     ///< counts that answer
    bool lost_bytes{false};
    bool was_stalled{false};
};
using connection_ptr = std::shared_ptr<pair_of_sockets>;

struct shape_rule {
    std::string name{};
    traffic how{traffic::pass};
    milliseconds delay{0};
};

struct commit_rule {
    std::string name{};
    commit_cut where{commit_cut::before};
    int count{0};
};

bool matches(const connection_ptr& one, const std::string& name) {
    return one->reader.application_name().find(name) != std::string::npos;
}

}  // namespace

struct proxy::inside {
    explicit inside(std::string leads_to) : server(std::move(leads_to)) {
        accept();
        thread = std::jthread{[this] { io.run(); }};
    }
    ~inside() {
        io.stop();
        thread.join();
    }
    inside(const inside&) = delete;
    inside& operator=(const inside&) = delete;

    /// Runs `what` where all the rest of it runs, and waits.
    template <class What>
    auto ask(What what) {
        std::packaged_task<std::invoke_result_t<What>()> task{std::move(what)};
        auto answer = task.get_future();
        asio::post(io, [&task] { task(); });
        return answer.get();
    }

    void accept();
    void begin(const connection_ptr& one);
    void read_requests(const connection_ptr& one);
    void pass_requests(const connection_ptr& one, bool waited);
    void read_answers(const connection_ptr& one);
    void pass_answers(const connection_ptr& one, std::size_t size, bool waited);
    bool hold(const connection_ptr& one, asio::steady_timer& timer, bool waited,
              const std::function<void(bool)>& again);
    bool cut_at_commit(const connection_ptr& one, const request& commit);
    void send_commit(const connection_ptr& one);
    void close(const connection_ptr& one, bool reset);
    const shape_rule& rule_of(const connection_ptr& one) const;
    int cut(const std::string& name);
    void clear();

    asio::io_context io{1};
    tcp::acceptor listener{io, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
    const unsigned short port{listener.local_endpoint().port()};
    std::string server;
    std::set<connection_ptr> open{};
    std::vector<shape_rule> shapes{};
    std::vector<commit_rule> commits{};
    proxy_counts counts{};
    std::jthread thread{};
};

void proxy::inside::accept() {
    const auto one = std::make_shared<pair_of_sockets>(io);
    listener.async_accept(one->client, [this, one](const error_code& error) {
        if (!error) {
            begin(one);
        }
        accept();
    });
}

void proxy::inside::begin(const connection_ptr& one) {
    error_code failed;
    one->client.set_option(tcp::no_delay{true}, failed);
    one->server.connect(local::endpoint{server}, failed);
    if (failed) {
        return;  // both ends go with the last reference
    }
    ++counts.connections;
    open.insert(one);
    read_requests(one);
    read_answers(one);
}

const shape_rule& proxy::inside::rule_of(const connection_ptr& one) const {
    static const shape_rule none{};
    for (const auto& rule : shapes) {
        if (matches(one, rule.name)) {
            return rule;
        }
    }
    return none;
}

/// Is it not yet the time to pass on what has come? Then `again` is called when it may be.
bool proxy::inside::hold(const connection_ptr& one, asio::steady_timer& timer, bool waited,
                         const std::function<void(bool)>& again) {
    const auto& rule = rule_of(one);
    const bool stalled = rule.how == traffic::stall;
    if (!stalled && (rule.how != traffic::delay || waited)) {
        return false;
    }
    if (stalled) {
        counts.stalled += std::exchange(one->was_stalled, true) ? 0 : 1;
    } else {
        ++counts.delayed;
    }
    timer.expires_after(stalled ? stall_look : rule.delay);
    timer.async_wait([again, stalled](const error_code& error) {
        if (!error) {
            again(!stalled);
        }
    });
    return true;
}

void proxy::inside::read_requests(const connection_ptr& one) {
    one->client.async_read_some(asio::buffer(one->request_block),
                                [this, one](const error_code& error, std::size_t size) {
                                    if (error) {
                                        if (!one->client_is_cut) {
                                            close(one, false);
                                        }
                                        return;
                                    }
                                    one->reader.add({one->request_block.data(), size});
                                    pass_requests(one, false);
                                });
}

void proxy::inside::pass_requests(const connection_ptr& one, bool waited) {
    if (hold(one, one->request_timer, waited,
             [this, one](bool again) { pass_requests(one, again); })) {
        return;
    }
    one->to_server.clear();
    while (auto message = one->reader.next()) {
        if (message->commits && cut_at_commit(one, *message)) {
            return;
        }
        if (rule_of(one).how == traffic::lose_requests) {
            counts.lost += std::exchange(one->lost_bytes, true) ? 0 : 1;
        } else {
            one->to_server += message->bytes;
        }
    }
    asio::async_write(one->server, asio::buffer(one->to_server),
                      [this, one](const error_code& error, std::size_t /*size*/) {
                          error ? close(one, false) : read_requests(one);
                      });
}

/// @return whether the connection was cut at this COMMIT
bool proxy::inside::cut_at_commit(const connection_ptr& one, const request& commit) {
    for (auto& rule : commits) {
        if (rule.count == 0 || !matches(one, rule.name)) {
            continue;
        }
        --rule.count;
        if (rule.where == commit_cut::before) {
            ++counts.commits_cut_before;
            close(one, false);
            return true;
        }
        const bool late = rule.where == commit_cut::late;
        one->to_server += commit.bytes + (commit.extended ? sync_message() : "");
        one->answered = late ? &counts.commits_cut_late : &counts.commits_cut_after;
        one->client_is_cut = true;
        error_code ignored;
        one->client.close(ignored);
        one->request_timer.expires_after(late ? commit_delay : milliseconds{0});
        one->request_timer.async_wait(
            [this, one](const error_code& /*error*/) { send_commit(one); });
        return true;
    }
    return false;
}

void proxy::inside::send_commit(const connection_ptr& one) {
    asio::async_write(one->server, asio::buffer(one->to_server),
                      [this, one](const error_code& error, std::size_t /*size*/) {
                          if (error) {
                              close(one, false);
                          }
                      });
}

void proxy::inside::read_answers(const connection_ptr& one) {
    one->server.async_read_some(asio::buffer(one->answer_block),
                                [this, one](const error_code& error, std::size_t size) {
                                    if (error || one->client_is_cut) {
                                        if (!error && one->answered != nullptr) {
                                            ++*one->answered;
                                        }
                                        close(one, false);
                                        return;
                                    }
                                    pass_answers(one, size, false);
                                });
}

void proxy::inside::pass_answers(const connection_ptr& one, std::size_t size, bool waited) {
    if (hold(one, one->answer_timer, waited,
             [this, one, size](bool again) { pass_answers(one, size, again); })) {
        return;
    }
    if (rule_of(one).how == traffic::lose_answers) {
        counts.lost += std::exchange(one->lost_bytes, true) ? 0 : 1;
        read_answers(one);
        return;
    }
    one->to_client.assign(one->answer_block.data(), size);
    asio::async_write(one->client, asio::buffer(one->to_client),
                      [this, one](const error_code& error, std::size_t /*size*/) {
                          error && !one->client_is_cut ? close(one, false) : read_answers(one);
                      });
}

void proxy::inside::close(const connection_ptr& one, bool reset) {
    error_code ignored;
    if (reset) {
        one->client.set_option(asio::socket_base::linger{true, 0}, ignored);
    }
    one->client.close(ignored);
    one->server.close(ignored);
    one->request_timer.cancel();
    one->answer_timer.cancel();
    open.erase(one);
}

int proxy::inside::cut(const std::string& name) {
    int count = 0;
    for (const auto& one : std::set<connection_ptr>{open}) {
        if (matches(one, name)) {
            close(one, ++count % 2 == 0);
        }
    }
    counts.cut += count;
    return count;
}

void proxy::inside::clear() {
    shapes.clear();
    for (const auto& one : std::set<connection_ptr>{open}) {
        one->was_stalled = false;
        if (one->lost_bytes) {
            close(one, false);
        }
    }
}

proxy::proxy(std::string server) : inside_(std::make_unique<inside>(std::move(server))) {}

proxy::~proxy() = default;

unsigned short proxy::port() const noexcept { return inside_->port; }

std::string proxy::dsn(const std::string& dsn) const {
    auto text = dsn_with(dsn, "host", "127.0.0.1");
    text = dsn_with(text, "port", std::to_string(port()));
    text = dsn_with(text, "sslmode", "disable");
    return dsn_with(text, "gssencmode", "disable");
}

void proxy::lead_to(std::string server) {
    inside_->ask([&] { inside_->server = std::move(server); });
}

int proxy::cut(const std::string& name) {
    return inside_->ask([&] { return inside_->cut(name); });
}

void proxy::shape(const std::string& name, traffic how, milliseconds delay) {
    inside_->ask([&] { inside_->shapes.push_back({name, how, delay}); });
}

void proxy::clear() {
    inside_->ask([&] { inside_->clear(); });
}

void proxy::cut_commits(const std::string& name, commit_cut where, int count) {
    inside_->ask([&] { inside_->commits.push_back({name, where, count}); });
}

int proxy::commits_to_cut() const {
    return inside_->ask([&] {
        int count = 0;
        for (const auto& rule : inside_->commits) {
            count += rule.count;
        }
        return count;
    });
}

proxy_counts proxy::counts() const {
    return inside_->ask([&] { return inside_->counts; });
}

}  // namespace leasehold::test
