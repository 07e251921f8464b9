#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace leasehold::test {

/// What a proxy does with the bytes of a connection.
enum class traffic {
    pass,
    stall,          ///< kept back, both ways, until it may pass again
    delay,          ///< each read is passed on later, both ways
    lose_requests,  ///< vanish on the way to the server; answers pass
    lose_answers,   ///< vanish on the way back; requests pass
};

/// What happens to a connection whose client sends COMMIT.
enum class commit_cut {
    before,  ///< the server never sees the COMMIT, only the end of the connection
    after,   ///< the server gets the COMMIT, and its answer finds nobody
    late,    ///< as `after`, but the server gets it a while after the client was cut
};

/// What a proxy has done so far.
struct proxy_counts {
    int connections{0};
    int cut{0};
    int commits_cut_before{0};
    int commits_cut_after{0};  ///< and the server has answered the COMMIT
    int commits_cut_late{0};   ///< the same
    int stalled{0};            ///< connections that had something to say meanwhile
    int delayed{0};            ///< reads passed on later
    int lost{0};               ///< connections of which some bytes vanished
};

/// A TCP proxy on 127.0.0.1 in front of a PostgreSQL server's socket, which misbehaves on demand.
/// Connections are chosen by a part of the `application_name` that their client gave; "" is all of
/// them. Callable from any thread.
class proxy {
public:
    /// @param server  path of the server's Unix socket
    explicit proxy(std::string server);
    ~proxy();
    proxy(const proxy&) = delete;
    proxy& operator=(const proxy&) = delete;

    unsigned short port() const noexcept;

    /// `dsn` by way of this proxy. Its user and database stay.
    std::string dsn(const std::string& dsn) const;

    /// Where new connections lead to from now on.
    void lead_to(std::string server);

    /// Cuts connections, half of them with a reset.
    /// @return how many
    int cut(const std::string& name);

    /// The connections there are and those to come, until clear().
    void shape(const std::string& name, traffic how,
               std::chrono::milliseconds delay = std::chrono::milliseconds{0});

    /// All pass again. What lost bytes is cut: neither side could make sense of the rest.
    void clear();

    /// The next `count` connections of that name that send a COMMIT are cut.
    void cut_commits(const std::string& name, commit_cut where, int count);

    /// How many of those are still to come.
    int commits_to_cut() const;

    proxy_counts counts() const;

private:
    struct inside;
    std::unique_ptr<inside> inside_;
};

}  // namespace leasehold::test
