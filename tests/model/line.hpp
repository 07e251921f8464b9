#pragma once

#include "base/backoff.hpp"
#include "tests/model/server.hpp"
#include "worker/doubt.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace leasehold::model {

/// How one attempt of a transaction goes.
struct course {
    std::optional<fault> what{};
    instant out = 0;   ///< a request on its way
    instant back = 0;  ///< an answer on its way
};

struct line_options {
    instant patience = 0;  ///< an answer is waited for as long; then the connection counts as lost
    instant slow_client_max = 0;  ///< between statements and COMMIT
    double faults = 0;            ///< probability of one, a call
    int attempts_max = 12;        ///< as in run_transaction()
};

/// One thread's connection to the server: loses, delays and doubles as the seed has it.
class line {
public:
    line(server& to, actor& of, line_options options)
        : server_(to), actor_(of), options_(options) {}

    /// As run_transaction(): again after 40001; a COMMIT without an answer is a doubt.
    /// @param body  answers from tables and the server's clock; may be carried out again and late,
    ///              so it owns what it uses
    template <class Answer>
    doubtful<Answer> transact(std::string_view what, std::function<Answer(tables&, instant)> body) {
        for (int attempt = 1; attempt <= options_.attempts_max; ++attempt) {
            if (auto made = attempt_once<Answer>(what, body)) {
                return std::move(*made);
            }
            actor_.rest(in_us(
                full_jitter(milliseconds{4}, milliseconds{500}, attempt, actor_.in().fraction())));
        }
        throw sql_failure(sql_failure_kind::retry, "40001", "rolled back again and again");
    }

    /// As read_snapshot().
    template <class Answer>
    Answer read(std::function<Answer(const tables&, instant)> body) {
        connect();
        const auto how = draw("read");
        if (how.what == fault::lost_request) {
            lose(how);
        }
        auto made = begin<Answer>();
        actor_.in().at(actor_.in().now() + how.out, [this, made, how, body = std::move(body)] {
            if (!made->given_up && made->era == server_.era()) {
                made->answer = body(server_.now_there(), actor_.in().now());
                reply(made, how.back);
            }
        });
        if (!await(*made, actor_.in().now() + options_.patience)) {
            throw lost("read");
        }
        return std::move(made->answer);
    }

    /// Tells that a step of reaping `ended` has been answered here.
    void reaps(const session_id& ended) { server_.reaps(ended, actor_); }

private:
    struct exchange {
        std::int64_t era = 0;
        bool replied = false;
        bool given_up = false;  ///< the client has closed the connection
        bool executed = false;
        bool rolled_back = false;
        std::string transaction{};
        std::optional<sql_failure> refusal{};
        virtual ~exchange() = default;
    };
    template <class Answer>
    struct answered final : exchange {
        Answer answer{};
        std::uint64_t result = 0;
        instant at = 0;
    };

    void connect();
    course draw(std::string_view what);
    [[noreturn]] void lose(const course& how);
    static sql_failure lost(std::string_view what);
    static sql_failure in_doubt(std::string_view what);
    void reply(const std::shared_ptr<exchange>& to, instant back);
    /// @return false when no answer came: too late, or the server went
    bool await(exchange& what, instant deadline);
    instant soon();
    void give_up(const exchange& what);

    template <class Answer>
    std::shared_ptr<answered<Answer>> begin() {
        auto made = std::make_shared<answered<Answer>>();
        made->era = server_.era();
        return made;
    }

    template <class Answer>
    static doubtful<Answer> outcome_of(const answered<Answer>& made) {
        return {.answer = made.answer, .sender = made.transaction};
    }
    template <class Answer>
    static doubtful<Answer> doubt_about(const answered<Answer>& made, std::string_view what) {
        auto result = outcome_of(made);
        result.doubt = in_doubt(what);
        return result;
    }

    /// @return nothing when the server rolled back: again
    template <class Answer, class Body>
    std::optional<doubtful<Answer>> attempt_once(std::string_view what, const Body& body) {
        connect();
        const auto how = draw(what);
        if (how.what == fault::lost_request) {
            lose(how);
        }
        if (how.what == fault::conflict) {
            actor_.rest(how.out + how.back);
            return std::nullopt;
        }
        const bool in_two = how.what == fault::slow_request || how.what == fault::slow_client ||
                            how.what == fault::lost_commit || how.what == fault::late_commit;
        return in_two ? in_two_steps<Answer>(what, body, how) : at_once<Answer>(what, body, how);
    }

    /// Statements and COMMIT carried out at one instant.
    template <class Answer, class Body>
    std::optional<doubtful<Answer>> at_once(std::string_view what, const Body& body,
                                            const course& how) {
        auto& in = actor_.in();
        auto made = begin<Answer>();
        in.at(in.now() + how.out, [this, made, what, body, how] {
            if (!made->given_up && made->era == server_.era()) {
                execute<Answer>(*made, what, body);
                if (how.what == fault::duplicate && !made->refusal) {
                    repeat_later<Answer>(what, body);
                }
                if (how.what != fault::lost_answer) {
                    reply(made, how.back);
                }
            }
        });
        const auto patience = how.what == fault::lost_answer ? soon() : options_.patience;
        if (!await(*made, in.now() + patience)) {
            if (made->executed && !made->refusal) {
                return doubt_about(*made, what);
            }
            throw lost(what);
        }
        if (made->refusal) {
            throw sql_failure{*made->refusal};
        }
        return outcome_of(*made);
    }

    template <class Answer, class Body>
    void execute(answered<Answer>& made, std::string_view what, const Body& body) {
        made.executed = true;
        made.transaction = server_.begin_transaction();
        auto done = server_.template try_out<Answer>(body, actor_.in().now());
        made.refusal = done.refusal;
        made.answer = done.answer;
        server_.end_transaction(made.transaction,
                                done.refusal ? commit_fate::rolled_back : commit_fate::committed);
        if (!done.refusal) {
            server_.commit(done, actor_.name(), what);
        }
    }

    template <class Answer, class Body>
    void repeat_later(std::string_view what, const Body& body) {
        auto& in = actor_.in();
        const auto when = in.now() + in.between(us_per_ms, 3 * options_.patience);
        in.happened(fault::duplicate, when);
        in.at(when, [this, what, body, era = server_.era()] {
            if (era == server_.era()) {
                answered<Answer> unheard;
                execute<Answer>(unheard, what, body);
            }
        });
    }

    /// Statements now, COMMIT later: it works only if nothing they saw has changed.
    template <class Answer, class Body>
    std::optional<doubtful<Answer>> in_two_steps(std::string_view what, const Body& body,
                                                 const course& how) {
        auto& in = actor_.in();
        auto made = begin<Answer>();
        in.at(in.now() + how.out, [this, made, body, how] {
            if (made->given_up || made->era != server_.era()) {
                return;
            }
            made->at = actor_.in().now();
            made->transaction = server_.begin_transaction();
            auto seen = server_.template try_out<Answer>(body, made->at);
            made->refusal = seen.refusal;
            made->answer = std::move(seen.answer);
            made->result = seen.result;
            reply(made, how.back);
        });
        if (!await(*made, in.now() + options_.patience)) {
            give_up(*made);
            throw lost(what);
        }
        if (made->refusal) {
            give_up(*made);
            throw sql_failure{*made->refusal};
        }
        if (how.what == fault::slow_client) {
            const auto gap = in.between(us_per_ms, options_.slow_client_max);
            in.happened(fault::slow_client, in.now() + gap);
            actor_.rest(gap);
        }
        return send_commit<Answer>(made, what, body, how);
    }

    template <class Answer, class Body>
    std::optional<doubtful<Answer>> send_commit(const std::shared_ptr<answered<Answer>>& made,
                                                std::string_view what, const Body& body,
                                                const course& how) {
        auto& in = actor_.in();
        const bool late = how.what == fault::late_commit;
        const bool never = how.what == fault::lost_commit;
        const auto on_its_way =
            late || never ? in.between(us_per_ms, 2 * options_.patience) : soon();
        if (late || never) {
            in.happened(*how.what, in.now() + on_its_way);
        }
        made->replied = false;
        in.at(in.now() + on_its_way, [this, made, what, body, never, late, back = how.back] {
            finish<Answer>(*made, what, body, never);
            if (!late && !never) {
                reply(made, back);
            }
        });
        const auto patience =
            late || never ? in.between(us_per_ms, options_.patience) : options_.patience;
        if (!await(*made, in.now() + patience)) {
            return doubt_about(*made, what);
        }
        return made->rolled_back ? std::nullopt : std::optional{outcome_of(*made)};
    }

    template <class Answer, class Body>
    void finish(answered<Answer>& made, std::string_view what, const Body& body, bool never) {
        made.rolled_back = true;
        if (!never && made.era == server_.era()) {
            auto again = server_.template try_out<Answer>(body, made.at);
            if (!again.refusal && again.result == made.result) {
                server_.commit(again, actor_.name(), what);
                made.rolled_back = false;
            }
        }
        server_.end_transaction(made.transaction, made.rolled_back ? commit_fate::rolled_back
                                                                   : commit_fate::committed);
    }

    server& server_;
    actor& actor_;
    line_options options_;
};

}  // namespace leasehold::model
