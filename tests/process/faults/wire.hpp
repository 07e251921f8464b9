#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace leasehold::test {

/// One message of a client to a PostgreSQL server.
struct request {
    std::string bytes{};
    bool commits{false};   ///< when the server has read it, it ends a transaction with COMMIT
    bool extended{false};  ///< of the extended protocol: the server answers at the next Sync
};

/// Cuts what a client sends into messages (protocol 3, no TLS), and knows a COMMIT when it sees it.
/// Source: PostgreSQL's chapter "Frontend/Backend Protocol", Message Formats.
class request_reader {
public:
    void add(std::string_view bytes) { waiting_ += bytes; }

    /// The next message that is there as a whole.
    std::optional<request> next();

    /// Of the startup packet; empty before it has come.
    const std::string& application_name() const noexcept { return application_name_; }

private:
    std::optional<request> first_packet();
    void start_up(std::string_view packet);
    void look_at(request& one);

    std::string waiting_{};
    bool started_{false};
    std::string application_name_{};
    std::map<std::string, bool, std::less<>> statements_{};  ///< prepared: is it a COMMIT?
    std::map<std::string, bool, std::less<>> portals_{};
};

/// Does the statement end its transaction for good?
bool is_commit(std::string_view statement);

/// What makes a server answer what it has executed so far.
std::string sync_message();

}  // namespace leasehold::test
