#pragma once

/// What a worker tells about its work as it goes: for a history that can be judged afterwards, for
/// metrics, for tests.

#include <leasehold/item.hpp>

#include <memory>
#include <string>
#include <vector>

namespace leasehold {

/// Why a session is over, as far as its worker knows.
enum class session_over {
    left,       ///< at the end of a drain
    gone,       ///< the server had ended it
    untrusted,  ///< no heartbeat got through in time; others may take over
};

/// What an acknowledgement asked for.
enum class claim_end { completed, returned, buried };

/// A part that a session took, and the part's term.
struct part_taken {
    part_id part{};
    epoch term{};
};

/// Called from the worker's own threads, several at once. Be quick and do not throw: a handler's
/// slot or an acknowledgement waits meanwhile. Each does nothing unless it is overridden.
class work_events {
public:
    virtual ~work_events() = default;

    virtual void session_began(const session_id&) {}
    virtual void session_ended(const session_id&, session_over) {}
    virtual void parts_taken(const session_id&, const std::vector<part_taken>&) {}
    /// Nothing of it is left here; its lease ends next.
    virtual void part_let_go(const session_id&, part_id) {}

    /// A transactional handler may start several times for one claim: once for each try.
    virtual void handler_started(const claim&) {}
    /// The outcome is null when the handler threw.
    virtual void handler_ended(const claim&, const outcome*) {}
    /// The database has answered, or nobody can say: ack_result::unknown.
    virtual void claim_ended(const claim&, claim_end, ack_result) {}
};

/// Appends each event to `path` as a line of JSON, for `leasehold verify QUEUE --history`. One
/// write() a line, so a process that is killed leaves whole lines and at most one torn one, its
/// last. The format is in docs/operating.md.
class history_file final : public work_events {
public:
    /// @throws std::system_error when the file cannot be opened or written
    history_file(std::string path, const std::string& queue);
    ~history_file() override;
    history_file(const history_file&) = delete;
    history_file& operator=(const history_file&) = delete;

    void session_began(const session_id& id) override;
    void session_ended(const session_id& id, session_over why) override;
    void parts_taken(const session_id& id, const std::vector<part_taken>& parts) override;
    void part_let_go(const session_id& id, part_id part) override;
    void handler_started(const claim& one) override;
    void handler_ended(const claim& one, const outcome* wish) override;
    void claim_ended(const claim& one, claim_end asked, ack_result answer) override;

    /// Why lines are missing; empty when all were written. After the first failure none is.
    std::string failure() const;

private:
    class lines;
    std::unique_ptr<lines> lines_;
};

}  // namespace leasehold
