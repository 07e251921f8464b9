#pragma once

#include "tests/cockroach/faults.hpp"
#include "tests/cockroach/translation.hpp"
#include "tests/support/sql_words.hpp"
#include "tests/support/wire_messages.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::test {

/// One client's conversation with a server, in bytes: no socket, no thread, no clock.
///
/// A batch is what a client sends up to a Sync, or a simple query. The next one is sent to the
/// server when the one before has been answered, so that answers need no more than an order.
///
/// Nothing is answered here that the server did not: what is refused goes to it as a statement
/// which must fail, and its error is put into other words. So the order of answers, the state of
/// the transaction and what is skipped after an error are all PostgreSQL's own.
class cockroach_session {
public:
    /// @param look  nothing: all passes as it is
    cockroach_session(std::optional<cockroach_look> look, fault_source& faults, std::uint64_t seed)
        : look_(std::move(look)),
          faults_(faults),
          dice_(seed),
          commits_before_ddl_(look_ && look_->commits_before_ddl()) {}

    void from_client(std::string_view bytes);
    void from_server(std::string_view bytes);

    std::string to_client{};  ///< taken away by the caller
    std::string to_server{};

    /// Both connections are to be closed at once, whatever was to be sent.
    bool cut() const noexcept { return cut_; }

    /// Is anything of the client kept back until the server has answered?
    bool waits() const noexcept { return phase_ == phase::running && asked_; }
    std::size_t kept_back() const noexcept { return requests_.size(); }

private:
    enum class phase { first_packets, starting, running, raw };
    enum class fate { none, ambiguous, lost };

    /// What is to become of the answer to one executed statement.
    struct step {
        bool hidden{false};
        fate after{fate::none};
        std::string tag{};
        std::string notice{};
    };
    /// What the server will answer to one message.
    struct expected {
        char request{'\0'};
        bool hidden{false};
        std::deque<step> steps{};
    };
    /// A statement as it was parsed.
    struct prepared {
        statement_kind kind{statement_kind::other};
        bool touches_rows{false};
        std::string sql{};  ///< in PostgreSQL's words
        std::string tag{};
        std::string notice{};
        bool refused{false};
        bool refused_as_grammar{false};
        bool defines{false};                       ///< changes the schema
        std::optional<bool> commits_before_ddl{};  ///< what it SETs that to
    };
    struct portal {
        prepared statement{};
        std::string bind{};  ///< the message that made it, where it may have to be made again
    };
    /// An error with which a statement of ours has to be answered.
    struct planned_error {
        std::string sqlstate{};
        std::string message{};
        std::string hint{};
        std::optional<fault> of{};
    };
    /// What is done instead of a statement, or after it.
    struct disturbance {
        std::optional<std::size_t> error{};  ///< its number in `errors_`
        bool rolls_back{false};              ///< before that error
        fate after{fate::none};
        bool cuts{false};
    };

    void pump();
    void on_packet(const wire_message& packet);
    void start_up(const wire_message& packet);
    void on_request(const wire_message& message);
    void on_query(const wire_message& message);
    void on_parse(const wire_message& message);
    void on_bind(const wire_message& message);
    void on_execute(const wire_message& message);
    void on_close(const wire_message& message);
    void begin_batch();
    void forward(std::string_view bytes, std::optional<expected> answer);
    void forward_end(const wire_message& message);

    prepared prepare(std::string_view statement);
    disturbance disturb(const prepared& one);
    bool draws(fault one);
    void entered(const prepared& one);
    bool commits_first(const prepared& one) const;
    std::size_t plan(planned_error error);
    static std::string name_of(std::size_t error);
    std::string failing_bind(std::size_t error) const;
    void end_extended(const std::string& word);
    std::string query_of(const prepared& one, std::deque<step>& steps);

    void on_answer(const wire_message& answer);
    void on_start(const wire_message& answer);
    void on_status(const wire_message& answer);
    void on_complete(const wire_message& answer);
    void on_error(const wire_message& answer);
    void on_copy(const wire_message& answer);
    void on_ready(const wire_message& answer);
    std::optional<std::size_t> planned_in(const std::string& message) const;
    void emit(std::string_view bytes);
    bool hidden() const;
    void pop();
    void give_up_retry();

    const std::optional<cockroach_look> look_;
    fault_source& faults_;
    fault_source::chance dice_;

    phase phase_{phase::first_packets};
    message_reader requests_{false};
    message_reader answers_{true};
    std::string application_name_{};
    std::map<std::string, prepared, std::less<>> statements_{};
    std::map<std::string, portal, std::less<>> portals_{};
    std::vector<planned_error> errors_{};

    bool commits_before_ddl_;

    char status_{'I'};            ///< of the last ReadyForQuery
    bool in_transaction_{false};  ///< of several statements, as far as was sent
    bool in_batch_{false};
    bool asked_{false};     ///< the batch has its end
    bool skips_{false};     ///< the server does, up to the Sync
    bool swallows_{false};  ///< the client was told of an error that the server knows nothing of
    bool loses_{false};     ///< the connection ends with the batch
    bool cut_{false};
    std::deque<expected> expects_{};

    // A batch that is a transaction by itself is run again by the server, while nothing of its
    // answer has been seen.
    bool may_retry_{false};
    bool retries_{false};
    int attempts_{0};
    std::string sent_{};
    std::deque<expected> record_{};
    std::string held_{};
};

}  // namespace leasehold::test
