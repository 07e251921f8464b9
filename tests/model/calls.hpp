#pragma once

#include "items/scan_rules.hpp"
#include "parts/lease_keeper.hpp"
#include "session/session_keeper.hpp"
#include "tests/model/line.hpp"
#include "worker/item_calls.hpp"

#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace leasehold::model {

/// The session keeper's calls, over a line. As session_database.
class session_line_calls final : public session_calls {
public:
    session_line_calls(line& on, process_identity who, int weight)
        : on_(on), who_(std::move(who)), weight_(weight) {}
    void register_session(const session_id& id) override;
    extend_outcome extend(const session_id& id) override;

    /// For the mistake of counting trust from the answer: the next extend() answers with this.
    void answer_known(extend_outcome answer) { known_ = answer; }
    extend_outcome ask(const session_id& id);

private:
    line& on_;
    process_identity who_;
    int weight_;
    std::optional<extend_outcome> known_{};
};

/// The lease keeper's calls, over a line. As lease_database, with smaller batches.
class lease_line_calls final : public lease_calls {
public:
    lease_line_calls(line& on, mutation planted_one) : on_(on), mutation_(planted_one) {}
    queue_watch watch(const session_id& me, const session_id& random) override;
    void make_plan() override;
    std::vector<part_view> look(const session_id& me) override;
    std::vector<lease> take(const session_id& me, const std::vector<part_id>& parts) override;
    std::vector<part_id> give(const session_id& me, const std::vector<part_id>& parts) override;
    void let_go(const session_id& me, const std::vector<part_id>& parts) override;
    void set_leaving(const session_id& me) override;
    bool leave(const session_id& me) override;
    /// Connections of the model hold no guards: see fleet::notice_death().
    bool expire_now(const session_row&, std::int64_t) override { return false; }
    void begin_reap(const session_row& expired) override;
    reap_progress reap_step(const session_row& expired) override;

private:
    /// As run_transaction() without a word about doubt: the next look says what became of it.
    template <class Answer, class Body>
    Answer transact(std::string_view what, Body body) {
        auto made = on_.transact<Answer>(what, std::move(body));
        if (made.doubt) {
            throw sql_failure{*made.doubt};
        }
        return std::move(made.answer);
    }
    plan_changes planned(const plan_record& record) const;
    void make_plan_without_lock();

    line& on_;
    mutation mutation_;
    instant looked_at_ = 0;  ///< by the server's clock
};

/// Asking for a fate, over a line and as an actor that waits.
class doubt_line_calls final : public doubt_calls {
public:
    doubt_line_calls(line& on, server& at, actor& who) : on_(on), server_(at), actor_(who) {}
    commit_fate fate(const std::string& sender, std::span<const claim> ending) override;
    void wait(milliseconds time) override { actor_.rest(in_us(time)); }

private:
    line& on_;
    server& server_;
    actor& actor_;
};

/// The runner's calls, over a line. As item_database.
class item_line_calls final : public item_calls {
public:
    item_line_calls(line& on, doubt_calls& doubts, mutation planted_one, const clock& time)
        : on_(on), doubts_(doubts), mutation_(planted_one), time_(time) {}
    void came(const std::vector<part_id>& parts) override { scans_.came(parts); }
    std::vector<part_head> due(const std::vector<part_id>& parts) override;
    doubtful<claimed> claim_from(const session_id& me,
                                 const std::vector<part_share>& asked) override;
    doubtful<std::vector<ack_result>> acknowledge(std::span<const ack_request> requests) override;
    std::vector<lease> claim_by_lease(const session_id& me,
                                      const std::vector<part_id>& parts) override;
    void claim_by_row(const session_id& me, const std::vector<part_id>& parts,
                      std::span<const claim> in_hand) override;
    std::vector<claim> cancel_asked(std::span<const claim> held) override;
    std::vector<claim> held(const session_id& me, const std::vector<part_id>& parts) override;
    std::vector<part_wait> waits(const std::vector<part_id>& parts) override;
    void ask_for_help(const help_request& what) override;
    std::vector<part_id> wanted_help(const session_id& me, int helpers_max) override;
    doubtful<claimed> help(const help_round& round) override;
    void end_help(const session_id& me, const std::vector<part_id>& parts) override;
    commit_fate fate(const std::string& sender, std::span<const claim> ending) override {
        return doubts_.fate(sender, ending);
    }
    void wait(milliseconds time) override { doubts_.wait(time); }

private:
    std::vector<claim_wish> wishes_for(const session_id& me, const std::vector<part_share>& asked,
                                       bool by_lease, steady_time now);
    claimed take(const std::vector<claim_wish>& wishes, std::vector<claimed_items> given,
                 steady_time began, steady_time answered);
    /// As run_batch(): with the connection all is lost that was answered on the way.
    /// @param believes  the mistake of taking what was answered for what is
    /// @param forgets   the mistake of taking a doubt for a failure
    template <class Answer, class Body>
    doubtful<Answer> batch(std::string_view what, Body body, mutation believes, mutation forgets) {
        doubtful<Answer> made;
        try {
            made = on_.transact<Answer>(what, std::move(body));
            if (mutation_ == believes) {
                made.doubt.reset();
            }
        } catch (const sql_failure& failure) {
            if (failure.kind() != sql_failure_kind::reconnect) {
                throw;
            }
            made.doubt = failure;  // it never comes to anything, but who knows?
        }
        if (made.doubt && mutation_ == forgets) {
            throw sql_failure(sql_failure_kind::reconnect, "08006", made.doubt->what());
        }
        if (made.doubt) {
            made.answer = {};
        }
        return made;
    }
    template <class Answer, class Body>
    doubtful<Answer> claim_batch(std::string_view what, Body body) {
        return batch<Answer>(what, std::move(body), mutation::claim_in_doubt_is_done,
                             mutation::claim_in_doubt_is_forgotten);
    }

    line& on_;
    doubt_calls& doubts_;
    mutation mutation_;
    const clock& time_;
    part_scans scans_;
};

}  // namespace leasehold::model
