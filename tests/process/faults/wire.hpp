#pragma once

#include "tests/support/sql_words.hpp"
#include "tests/support/wire_messages.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace leasehold::test {

/// One message of a client to a PostgreSQL server.
struct request {
    std::string bytes{};
    bool commits{false};   ///< when the server has read it, it commits what was changed
    bool extended{false};  ///< of the extended protocol: the server answers at the next Sync
};

/// Cuts what a client sends into messages (protocol 3, no TLS), and knows a COMMIT when it sees it:
/// one in words, or the end of a statement that changes something and is alone.
/// Source: PostgreSQL's chapter "Frontend/Backend Protocol", Message Formats.
class request_reader {
public:
    void add(std::string_view bytes) { messages_.add(bytes); }

    /// The next message that is there as a whole.
    std::optional<request> next();

    /// Of the startup packet; empty before it has come.
    const std::string& application_name() const noexcept { return application_name_; }

private:
    void look_at(const wire_message& message, request& one);
    bool executed(statement_kind kind);

    message_reader messages_{false};
    std::string application_name_{};
    std::map<std::string, statement_kind, std::less<>> statements_{};  ///< prepared
    std::map<std::string, statement_kind, std::less<>> portals_{};
    bool in_transaction_{false};  ///< of several statements
    bool changed_alone_{false};   ///< committed by the next Sync
};

}  // namespace leasehold::test
